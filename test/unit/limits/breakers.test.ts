import { outcome, type Outcome } from "../../../gateway/domain/decision-record.ts";
import type { BreakerRule } from "../../../gateway/domain/limit.ts";
import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import { route, TestClock, toolCall } from "../../support/builders.ts";
import { testLimits } from "../../support/limits.ts";

const rule: BreakerRule = {
  name: "fuse",
  routes: [],
  failures: 0.5,
  calls: 4,
  withinMs: 30_000,
  openMs: 15_000,
  statuses: new Set([500, 503]),
};
const answered = (status: number): Outcome =>
  outcome({ kind: "forwarded", upstreamStatus: status, forwardedDigest: "sha256:1" });
const unreachable = outcome({ kind: "failed", code: "upstream_unreachable" });
const silent = outcome({ kind: "unknown", code: "upstream_timeout", forwardedDigest: "sha256:1" });

function fuse(changes: Partial<BreakerRule> = {}) {
  const clock = new TestClock();
  const { breakers, refused, logged } = testLimits([], { clock, breakers: [{ ...rule, ...changes }] });
  const refusedAt = (call = toolCall()): number | null => {
    try {
      breakers.admit(call, "bot")?.ended(null);
      return null;
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: "upstream_suspended" });
      return (thrown as { retryAfterS: number }).retryAfterS;
    }
  };
  const call = (result: Outcome | null, to = toolCall()): void => breakers.admit(to, "bot")?.ended(result);
  const open = (): void => {
    for (let n = 0; n < 4; n++) call(unreachable);
  };
  return { breakers, clock, call, open, refusedAt, refused, logged };
}

test.each([
  ["connections that fail", unreachable],
  ["answers that do not come", silent],
  ["statuses that the rule names", answered(503)],
])("opens after %s, and says so once", (_what, result) => {
  const { call, refusedAt, logged, refused, clock } = fuse();
  for (let n = 0; n < 3; n++) call(result);
  expect(refusedAt()).toBeNull();
  call(result);
  expect([refusedAt(), refusedAt()]).toEqual([15, 15]);
  clock.advance(15_000);
  // The one that tries.
  call(result);
  expect([refusedAt(), refusedAt()]).toEqual([15, 15]);
  expect(logged).toEqual([
    "the tool server fails; its calls are refused for a while",
    "the call that tried failed too; calls to the tool server are still refused",
  ]);
  expect(refused).toEqual(["fuse", "fuse", "fuse", "fuse"]);
});

test.each([
  ["what policy or the gateway refused", null],
  ["callers that left", outcome({ kind: "abandoned", code: "client_gone", forwardedDigest: "sha256:1" })],
  ["statuses that the rule does not name", answered(501)],
  ["answers about the call itself", answered(404)],
])("does not open after %s", (_what, result) => {
  const { call, refusedAt } = fuse();
  for (let n = 0; n < 50; n++) call(result);
  expect(refusedAt()).toBeNull();
});

test("goes by the share of failures among the calls of its time alone", () => {
  const { call, refusedAt, clock } = fuse();
  for (let n = 0; n < 10; n++) call(answered(200));
  for (let n = 0; n < 9; n++) call(unreachable);
  expect(refusedAt()).toBeNull();
  clock.advance(33_000);
  for (let n = 0; n < 3; n++) call(unreachable);
  expect(refusedAt()).toBeNull();
  call(answered(200));
  call(unreachable);
  expect(refusedAt()).toBe(15);
});

test.each([
  ["an answer with another status", answered(404), null],
  [
    "an answer that the gateway withheld",
    outcome({ ...answered(200), kind: "withheld", code: "result_blocked" }),
    null,
  ],
  ["a call that was not sent", null, 15],
  ["a call whose caller left before the answer", outcome({ kind: "abandoned", code: "client_gone" }), 15],
])("counts %s as one that did not fail, or not at all", (_what, result, refused) => {
  const { call, refusedAt } = fuse();
  for (let n = 0; n < 5; n++) call(result);
  for (let n = 0; n < 4; n++) call(unreachable);
  expect(refusedAt()).toBe(refused);
});

test("lets one call try when its time is over, and the answer decides for all", () => {
  const { open, breakers, clock, refusedAt, logged } = fuse();
  open();
  clock.advance(14_999);
  expect(refusedAt()).toBe(1);
  clock.advance(1);
  const first = breakers.admit(toolCall(), "bot");
  expect([refusedAt(), breakers.states()[0]?.state]).toEqual([1, "half-open"]);
  first?.ended(unreachable);
  expect(refusedAt()).toBe(15);
  clock.advance(15_000);
  breakers.admit(toolCall(), "bot")?.ended(answered(200));
  expect([refusedAt(), breakers.states()[0]?.state]).toEqual([null, "closed"]);
  expect(logged.at(-1)).toBe("the tool server answers again; its calls are sent");
});

test("lets another caller try a second after a call that was never sent or whose caller left, or when one does not end", () => {
  const { open, breakers, clock, refusedAt } = fuse();
  open();
  clock.advance(15_000);
  breakers.admit(toolCall(), "leaver")?.ended(null);
  clock.advance(999);
  expect(refusedAt()).toBe(1);
  clock.advance(1);
  const slow = breakers.admit(toolCall(), "bot");
  expect(refusedAt()).toBe(1);
  clock.advance(15_000);
  const other = breakers.admit(toolCall(), "bot");
  // What it comes to after its time changes nothing.
  slow?.ended(unreachable);
  other?.ended(answered(200));
  expect(refusedAt()).toBeNull();
});

test("lets a caller whose call showed nothing try again when others had time to, and no sooner", () => {
  const { open, breakers, clock, refusedAt } = fuse();
  open();
  clock.advance(15_000);
  breakers.admit(toolCall(), "bot")?.ended(null);
  clock.advance(1_000);
  expect(refusedAt()).toBe(14);
  clock.advance(14_000);
  breakers.admit(toolCall(), "bot")?.ended(null);
  clock.advance(1_000);
  breakers.admit(toolCall(), "other")?.ended(answered(200));
  expect(refusedAt()).toBeNull();
});

test("does not open for calls from before it closed", () => {
  const { open, breakers, clock, refusedAt } = fuse();
  const early = Array.from({ length: 8 }, () => breakers.admit(toolCall(), "bot"));
  open();
  for (const one of early) one?.ended(unreachable);
  clock.advance(15_000);
  breakers.admit(toolCall(), "bot")?.ended(answered(200));
  expect(refusedAt()).toBeNull();
});

test("keeps one state for each origin, whichever route leads there", () => {
  const { open, refusedAt } = fuse();
  const base = route();
  const to = (changes: Partial<typeof base>): ToolCall => toolCall({ route: { ...base, ...changes } });
  open();
  expect(refusedAt(to({ id: "again" }))).toBe(15);
  expect(refusedAt(to({ id: "other", upstream: { ...base.upstream, origin: "http://127.0.0.1:2" } }))).toBeNull();
});

test("is about the routes that it names", () => {
  const { open, refusedAt } = fuse({ routes: ["elsewhere"] });
  open();
  expect(refusedAt()).toBeNull();
});

test("refuses streams while it is open, and lets none of them try or count", () => {
  const { open, call, refusedAt, clock, breakers } = fuse();
  const stream = toolCall({ action: "subscriptions/listen" });
  for (let n = 0; n < 10; n++) call(unreachable, stream);
  expect(refusedAt(stream)).toBeNull();
  open();
  expect(refusedAt(stream)).toBe(15);
  clock.advance(15_000);
  expect(refusedAt(stream)).toBe(1);
  breakers.admit(toolCall(), "bot")?.ended(answered(200));
  expect(refusedAt(stream)).toBeNull();
});

test("tells its state", () => {
  const { call, breakers, clock } = fuse();
  expect(breakers.states()).toEqual([]);
  call(answered(200));
  const of = { limit: "fuse", origin: "http://127.0.0.1:1" };
  expect(breakers.states()).toEqual([{ ...of, state: "closed", opened: null, calls: 1, failures: 0 }]);
  for (let n = 0; n < 3; n++) call(unreachable);
  expect(breakers.states()).toEqual([{ ...of, state: "open", opened: clock.now(), calls: 0, failures: 0 }]);
});
