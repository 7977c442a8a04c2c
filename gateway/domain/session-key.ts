import type { SessionFact } from "./facts.ts";
import { principalKey, type Subject } from "./subject.ts";

/** The key of whatever is kept of a session. Ids belong to a principal: the same id of two callers is two sessions. */
export function sessionKey(subject: Subject, named: Pick<SessionFact, "id" | "trust">): string {
  return named.trust === "none"
    ? principalKey(subject)
    : JSON.stringify([subject.issuer, subject.id, named.trust, named.id]);
}
