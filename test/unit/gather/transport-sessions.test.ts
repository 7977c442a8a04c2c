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
  claims(sessions)("one")();
  expect(claims(sessions)("one")).not.toThrow();
  expect(claims(sessions, stranger)("one")).toThrow(expect.objectContaining({ code: "mcp_session_unknown" }));
});

test("refuses a session that the same agent has begun for another person", () => {
  const sessions = new TransportSessions(new TestClock(), bounds);
  const acting = (id: string) => subject({ actingFor: { id, claims: {} } });
  claims(sessions, acting("alice"))("one")();
  expect(claims(sessions, acting("alice"))("one")).not.toThrow();
  for (const other of [acting("bob"), own])
    expect(claims(sessions, other)("one")).toThrow(expect.objectContaining({ code: "mcp_session_unknown" }));
});

test("refuses a caller's session to others although a stranger names a thousand", () => {
  const sessions = new TransportSessions(new TestClock(), bounds);
  claims(sessions)("one")();
  for (let n = 0; n < 1_000; n++) claims(sessions, stranger)(`made-up-${n}`)();
  expect(claims(sessions, stranger)("one")).toThrow(expect.objectContaining({ code: "mcp_session_unknown" }));
});

test("forgets the session that a caller has not used for the longest time when it names too many", () => {
  const sessions = new TransportSessions(new TestClock(), bounds);
  for (let n = 0; n < 10; n++) claims(sessions)(`s${n}`)();
  claims(sessions)("s0")();
  claims(sessions)("s10")();
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
