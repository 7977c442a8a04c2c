import { absoluteMs, consoleSessions, idleMs } from "../../../gateway/admin/sessions.ts";
import { TestClock, testIds } from "../../support/builders.ts";

const year = 365 * 86_400_000;

function world() {
  const clock = new TestClock();
  const account = { id: "a", name: "a", password: "", roles: [], teams: [], also: [], created_at: 0, provider: null };
  const accounts = { get: () => account } as unknown as Parameters<typeof consoleSessions>[0]["accounts"];
  const sessions = consoleSessions({ accounts, clock, ids: testIds(), providerForMs: 0 });
  return { clock, sessions, start: () => sessions.start("a", { method: "password", idToken: null }) };
}

test("ends a session in time although it began, or somebody proved again who they are, while the wall clock was ahead", () => {
  const { clock, sessions, start } = world();
  clock.leap(year);
  const first = start();
  const second = sessions.stepUp(first, { purpose: "p", until: clock.now() + 60_000, evidence: {} });
  clock.leap(-year);
  expect(sessions.find(second.id, false)).toMatchObject({
    idleUntil: clock.now() + idleMs,
    endsAt: clock.now() + absoluteMs,
    stepUps: [{ purpose: "p", until: clock.now() + 60_000 }],
  });
  clock.advance(60_000);
  expect(sessions.find(second.id, false)?.stepUps).toEqual([]);
  clock.advance(idleMs - 60_000);
  expect(sessions.find(second.id, false)).toBeNull();
});

test("ends no session early when the wall clock is set forward", () => {
  const { clock, sessions, start } = world();
  const { id } = start();
  clock.leap(year);
  expect(sessions.find(id, false)).not.toBeNull();
});
