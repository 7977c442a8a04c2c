import type { SessionFact } from "./facts.ts";
import { principalKey, type Subject } from "./subject.ts";

/** The key of whatever is kept of a session. Ids belong to a principal: the same id of two callers is two sessions. */
export function sessionKey(subject: Subject, named: Pick<SessionFact, "id" | "trust">): string {
  return named.trust === "none"
    ? principalKey(subject)
    : JSON.stringify([subject.issuer, subject.id, named.trust, named.id]);
}

/**
 * The key of the texts that are added to a session's task. A session that a token names has one for all callers of that issuer,
 * since the client that adds to it is another one than the agent; any other is known only to its own caller.
 */
export function taskTextKey(subject: Subject, named: Pick<SessionFact, "id" | "trust">): string {
  return named.trust === "token" ? tokenSessionKey(subject.issuer, named.id) : sessionKey(subject, named);
}

/** The key of a session that tokens of this issuer name. No other key has three parts. */
export function tokenSessionKey(issuer: string, session: string): string {
  return JSON.stringify(["token", issuer, session]);
}
