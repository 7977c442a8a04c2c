/** Access and its end, for unit tests. */
import type { CallAccess } from "../../gateway/act/forward/call-access.ts";
import { countHeld, endHeld } from "../../gateway/approvals/end-held.ts";
import type { ApprovalsDeps } from "../../gateway/approvals/transition.ts";
import type { AccessJournal, EndAnnouncements, UnderWay } from "../../gateway/domain/ports.ts";
import type { Revocable, Revocation } from "../../gateway/domain/revocation.ts";
import { CallsUnderWay } from "../../gateway/endings/calls-under-way.ts";
import { AccessEndings } from "../../gateway/endings/endings.ts";
import { facts, subject, TestClock } from "./builders.ts";

/** No access ends while the test runs. */
export const nothingEnds: UnderWay = {
  enter: () => null,
  upToDate: () => null,
  endedSince: () => null,
  leave: () => undefined,
};

export const access: CallAccess = { subject: subject(), facts: facts(), connections: [], since: 0 };

/** A call of refund-bot for alice through a router, in a session that its token names. */
export function revocable(changes: Partial<Revocable> = {}): Revocable {
  return {
    issuer: "https://idp.example",
    subject: "refund-bot",
    actingFor: "alice@example.com",
    behind: ["alice@example.com", "router"],
    client: "refund-client",
    key: "thumb-1",
    sessions: ["s1"],
    sessionTrust: "token",
    task: null,
    tool: "payments/create_refund",
    server: "payments",
    ...changes,
  };
}

export function revocation(changes: Partial<Revocation> = {}): Revocation {
  return {
    id: "k",
    kind: "gateway",
    issuer: null,
    target: null,
    reason: "incident",
    by: "carol",
    at: 0,
    until: null,
    ...changes,
  };
}

/** Of a process that shares its store with no other. */
export const noOthers: EndAnnouncements = {
  notice: (target, by) => ({ id: "n_1", process: "p_test", target, by, asks: false, at: 0 }),
  gather: (_notice, own) => Promise.resolve({ ...own, unanswered: 0 }),
  others: () => Promise.resolve(0),
};

/** Nobody reads it. */
export const noJournal: AccessJournal = { note: () => undefined };

/** The real ones, which also end what is held there. */
export function testEndings(approvals?: ApprovalsDeps, clock = new TestClock()) {
  const underWay = new CallsUnderWay(clock);
  const endings = new AccessEndings(underWay);
  if (approvals === undefined) return { underWay, endings };
  endings.onEnd((matches, by) => endHeld(approvals, matches, by));
  endings.onCount((matches) => countHeld(approvals, matches));
  return { underWay, endings };
}
