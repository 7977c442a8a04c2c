import type { JsonObject } from "../lib/json.ts";
import { oncePer } from "../lib/caches.ts";
import type { CutText } from "../lib/cut-text.ts";

/** The caller: identity, key, and the person it acts for. Verified facts only. */
export interface Subject {
  readonly type: "agent" | "user" | "service";
  readonly id: string;
  readonly issuer: string;
  readonly clientId: string | null;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  /** Without the text of the task. */
  readonly claims: JsonObject;
  /** Names of claims that `claims` has no room for, sorted; `*` alone when there are more than can be listed. */
  readonly claimsOmitted: readonly string[];
  readonly proof: { readonly method: "dpop" | "mtls" | "none"; readonly key: string | null };
  /** Thumbprint of the certificate that it proves beside that key; absent for none. */
  readonly certificate?: string;
  readonly actingFor: { readonly id: string; readonly claims: JsonObject } | null;
  /** The agent's owner, from a verified claim; null without such a claim. */
  readonly owner: string | null;
  /** RFC 8693 `act`, outermost first. */
  readonly actorChain: readonly string[];
  /** Session id from the token; trusted. */
  readonly session: string | null;
  /** Purpose from the token; trusted. */
  readonly purpose: CutText | null;
  /**
   * The task as a person wrote it, from the token; trusted. It may hold what is private, so it is in no policy input and no
   * record.
   */
  readonly taskText: CutText | null;
  /** Id of the task (a lease) that the caller acts in, from the gateway's own token or a claim of its issuer; trusted. */
  readonly task: string | null;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  /** What the subject was known by; null for a client certificate, and for one that another enforcement point names. */
  readonly token: SubjectToken | null;
}

/** An access token, without its text. One object for each verification, also where a subject was copied and changed. */
export interface SubjectToken {
  /** SHA-256 of its text, base64url. */
  readonly digest: string;
  readonly jti: string | null;
  /** Milliseconds since the epoch; null when it does not say so. */
  readonly issuedAt: number | null;
}

/** One string per caller, used as a key: issuer and id, unambiguously joined. Cached, since every call needs it. */
export const principalKey = oncePer(({ issuer, id }: Pick<Subject, "issuer" | "id">) => JSON.stringify([issuer, id]));

/** The same with the person it acts for: what one caller has begun goes on for that person alone. */
export const callerKey = oncePer(({ issuer, id, actingFor }: Pick<Subject, "issuer" | "id" | "actingFor">) =>
  JSON.stringify([issuer, id, actingFor?.id ?? null]),
);

/** The session of a caller when nothing names one. */
export function unnamedSession({ id }: Pick<Subject, "id">): string {
  return `principal:${id}`;
}

/** A workload's name: https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md */
export interface SpiffeId {
  readonly id: string;
  readonly trustDomain: string;
}

/** §2.1. One or more labels joined by dots; `.` and `..` are excluded, since they are path segments with another meaning. */
export const trustDomainPattern = /^(?=.{1,255}$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** §2: one spelling only, with a path, without empty or dot segments, escapes, port or user. */
export const spiffeIdPattern =
  /^spiffe:\/\/((?=[^/]{1,255}\/)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/;

/** Null for anything else than the text of a SPIFFE ID. */
export function readSpiffeId(text: unknown): SpiffeId | null {
  if (typeof text !== "string" || text.length > 2048) return null;
  const trustDomain = spiffeIdPattern.exec(text)?.[1];
  return trustDomain === undefined ? null : { id: text, trustDomain };
}
