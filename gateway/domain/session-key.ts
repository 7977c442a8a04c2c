import type { SessionFact, SessionTrust } from "./facts.ts";
import { principalKey, type Subject, unnamedSession } from "./subject.ts";
import { parseJson } from "../lib/parse-json.ts";

/** The key of whatever is kept of a session. Ids belong to a principal: the same id of two callers is two sessions. */
export function sessionKey(subject: Subject, named: Pick<SessionFact, "id" | "trust">): string {
  return named.trust === "none"
    ? principalKey(subject)
    : JSON.stringify([subject.issuer, subject.id, named.trust, named.id]);
}

/** Whether the caller chooses the id: then it has the labels of its principal, whatever it calls itself. */
export function isChosen(trust: SessionTrust): boolean {
  return trust === "self" || trust === "transport" || trust === "trace";
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

/** Who named a session, and whose it is. */
export interface NamedSession {
  readonly issuer: string;
  readonly subject: string;
  readonly id: string;
  readonly trust: SessionTrust;
}

const trusts: ReadonlySet<unknown> = new Set<SessionTrust>(["token", "transport", "self", "trace"]);

/** The session of a key; null for any text that is none. */
export function sessionOfKey(key: string): NamedSession | null {
  const parts = partsOf(key);
  const [issuer, subject, trust, id] = parts;
  if (issuer === undefined || subject === undefined || JSON.stringify(parts) !== key) return null;
  if (parts.length === 2) return { issuer, subject, id: unnamedSession({ id: subject }), trust: "none" };
  if (parts.length !== 4 || id === undefined || !trusts.has(trust)) return null;
  return { issuer, subject, id, trust: trust as SessionTrust };
}

function partsOf(key: string): readonly string[] {
  try {
    const parts: unknown = parseJson(key);
    return Array.isArray(parts) && parts.every((part) => typeof part === "string") ? parts : [];
  } catch {
    return [];
  }
}

/** A key in a form that fits into a URL. */
export function sessionRef(key: string): string {
  return Buffer.from(key).toString("base64url");
}

/** The key behind a reference; null when it is none. */
export function keyOfRef(ref: string): string | null {
  const key = Buffer.from(ref, "base64url").toString();
  return sessionRef(key) === ref && sessionOfKey(key) !== null ? key : null;
}
