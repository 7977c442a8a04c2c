import { Refusal } from "../../../gateway/domain/errors.ts";
import type { TransportSessionStore } from "../../../gateway/domain/ports.ts";
import { TransportSessions } from "../../../gateway/gather/transport-sessions.ts";
import { subject, TestClock, toolCall } from "../../support/builders.ts";

const bounds = { capacity: 100, perAsker: 10 };
const own = subject();
const stranger = subject({ id: "stranger" });

function claims(sessions: TransportSessions, who = own) {
  return (transportSession: string) => () =>
    sessions.claim(who, toolCall({ mcp: { kind: "request", transportSession } as ReturnType<typeof toolCall>["mcp"] }));
}

test("refuses a session that another caller has used", () => {
  const sessions = new TransportSessions(new TestClock(), bounds);
  void claims(sessions)("one")();
  expect(claims(sessions)("one")).not.toThrow();
  expect(claims(sessions, stranger)("one")).toThrow(expect.objectContaining({ code: "mcp_session_unknown" }));
});

test("refuses a session that the same agent has begun for another person", () => {
  const sessions = new TransportSessions(new TestClock(), bounds);
  const acting = (id: string) => subject({ actingFor: { id, claims: {} } });
  void claims(sessions, acting("alice"))("one")();
  expect(claims(sessions, acting("alice"))("one")).not.toThrow();
  for (const other of [acting("bob"), own])
    expect(claims(sessions, other)("one")).toThrow(expect.objectContaining({ code: "mcp_session_unknown" }));
});

test("refuses a caller's session to others although a stranger names a thousand", () => {
  const sessions = new TransportSessions(new TestClock(), bounds);
  void claims(sessions)("one")();
  for (let n = 0; n < 1_000; n++) void claims(sessions, stranger)(`made-up-${n}`)();
  expect(claims(sessions, stranger)("one")).toThrow(expect.objectContaining({ code: "mcp_session_unknown" }));
});

test("forgets the session that a caller has not used for the longest time when it names too many", () => {
  const sessions = new TransportSessions(new TestClock(), bounds);
  for (let n = 0; n < 10; n++) void claims(sessions)(`s${n}`)();
  void claims(sessions)("s0")();
  void claims(sessions)("s10")();
  expect(claims(sessions, stranger)("s0")).toThrow(expect.objectContaining({ code: "mcp_session_unknown" }));
  expect(claims(sessions, stranger)("s1")).not.toThrow();
});

test("gives a session to the caller that it was begun for, before anybody has named it", () => {
  const sessions = new TransportSessions(new TestClock(), bounds);
  const { route } = toolCall();
  sessions.begun(own, route, "one");
  expect(claims(sessions, stranger)("one")).toThrow(expect.objectContaining({ code: "mcp_session_unknown" }));
  expect(claims(sessions)("one")).not.toThrow();
  expect(() => sessions.begun(own, route, "one")).not.toThrow();
  expect(() => sessions.begun(stranger, route, "one")).toThrow(
    expect.objectContaining({ code: "upstream_answer_refused" }),
  );
});

/** A store of several processes; it fails while it is gone. */
function sharedStore() {
  const owners = new Map<string, string>();
  const state = { isGone: false, asked: 0 };
  const claim: TransportSessionStore["claim"] = async (claims) => {
    state.asked += 1;
    if (state.isGone) throw new Refusal("store_unavailable");
    return claims.map(({ key, caller }) => owners.get(key) ?? (owners.set(key, caller), caller));
  };
  return { state, store: { claim } };
}

describe("where several processes share a store", () => {
  const unknown = expect.objectContaining({ code: "mcp_session_unknown" });

  test("refuses a session that another caller has begun or named at another process", async () => {
    const { store } = sharedStore();
    const [one, other] = [0, 1].map(() => new TransportSessions(new TestClock(), bounds, store));
    one!.begun(own, toolCall().route, "begun");
    await claims(one!)("begun")();
    await claims(one!)("named")();
    for (const session of ["begun", "named"]) {
      await expect(claims(other!, stranger)(session)()).rejects.toEqual(unknown);
      await claims(other!)(session)();
    }
  });

  test("asks the store once about a session that goes on", async () => {
    const { state, store } = sharedStore();
    const sessions = new TransportSessions(new TestClock(), bounds, store);
    await claims(sessions)("one")();
    await claims(sessions)("one")();
    expect([state.asked, claims(sessions)("one")()]).toEqual([1, undefined]);
  });

  test("refuses a call of a session while the store cannot say whose it is", async () => {
    const { state, store } = sharedStore();
    const sessions = new TransportSessions(new TestClock(), bounds, store);
    state.isGone = true;
    sessions.begun(own, toolCall().route, "one");
    const unavailable = expect.objectContaining({ code: "store_unavailable" });
    await expect(claims(sessions)("one")()).rejects.toEqual(unavailable);
    state.isGone = false;
    await claims(sessions)("one")();
  });
});
