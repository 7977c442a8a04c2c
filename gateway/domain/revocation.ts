import { Refusal } from "./errors.ts";
import { lookKey } from "../lib/look-alike.ts";
import type { Revocable } from "./revocable.ts";
import type { SubjectToken } from "./subject.ts";

export * from "./revocable.ts";

/**
 * gateway: everybody (the kill switch). subject: a caller, or whoever a caller acts for or through. client: the software that
 * got the token. key: the thumbprint of the key that calls prove. session: by any of its names. task: a lease. tool, server:
 * what is called. issuer: everybody that it vouches for. token: one access token, by its `jti` or its digest.
 */
export const revocationKinds = [
  "gateway",
  "subject",
  "client",
  "key",
  "session",
  "task",
  "tool",
  "server",
  "issuer",
  "token",
] as const;

export type RevocationKind = (typeof revocationKinds)[number];

/** connection: an account that a person connected at a tool server. What carries its credential ends; the access itself stays. */
export type EndKind = RevocationKind | "connection";

/** What an end names: all that a revocation can, and a connection. */
export type EndTarget = RevocationTarget<EndKind>;

/** What a revocation names. */
export interface RevocationTarget<Kind extends EndKind = RevocationKind> {
  readonly kind: Kind;
  /** Only callers that this issuer vouches for; null for those of all. */
  readonly issuer: string | null;
  /** Subject id, client id, thumbprint, session, task id, `server/tool`, server, issuer, token or connection; null for the gateway itself. */
  readonly target: string | null;
  /**
   * Only what stands on tokens that were issued before this moment, in milliseconds since the epoch, or of which that is not
   * known; absent or null: on whatever token.
   */
  readonly before?: number | null;
  /** Of a session that its caller named itself: whose. All their sessions that no token names are meant, since they can name another. */
  readonly callers?: readonly SessionCaller[];
}

/** Access ended before its time. Effective on the next call; what is held or under way under it ends at once. */
export interface Revocation extends RevocationTarget {
  readonly id: string;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
  /** When it ends by itself, in milliseconds since the epoch; null when it stands until it is lifted. */
  readonly until: number | null;
}

/** Who names sessions itself; on another person's behalf it is another caller. */
export interface SessionCaller {
  readonly issuer: string;
  readonly subject: string;
  /** Absent: whoever it acts for. */
  readonly acting_for?: string | null;
}

/** What ended access: told in records, answers and to streams. `id` of a revocation is its own id, of a task or a connection theirs. */
export interface EndedBy {
  readonly kind: EndKind | "limit" | "signal";
  readonly id: string | null;
  readonly reason: string;
}

/** Whether the revocation still stands at this moment, in milliseconds since the epoch. */
export function stands({ until }: Pick<Revocation, "until">, now: number): boolean {
  return until === null || now < until;
}

/**
 * A session named by its agent belongs to that agent alone. People type these names, so names are compared loosely:
 * revoking a look-alike name too is less harmful than revoking none.
 */
export function revokes(revocation: EndTarget, call: Revocable): boolean {
  return names(revocation, call) && !isNewer(call, revocation.before ?? null);
}

/** Whoever has signed in again since has a token that counts. */
function isNewer({ token }: Revocable, before: number | null): boolean {
  const issuedAt = token?.issuedAt ?? null;
  return before !== null && issuedAt !== null && issuedAt >= before;
}

function names({ kind, issuer, target, callers = [] }: EndTarget, call: Revocable): boolean {
  switch (kind) {
    case "gateway":
      return true;
    case "issuer":
      return ofIssuer(target, call);
    case "subject":
      return [call.subject, ...call.behind].some((id) => same(target, id)) && ofIssuer(issuer, call);
    case "session":
      return (
        (call.sessions.some((name) => same(target, name)) && ofIssuer(issuer, call)) ||
        callers.some((caller) => namesSessionsOf(caller, call))
      );
    case "key":
      return [call.key, call.certificate ?? null].some((id) => same(target, id)) && ofIssuer(issuer, call);
    case "task":
      return [call.task, ...(call.tasksAbove ?? [])].some((id) => same(target, id)) && ofIssuer(issuer, call);
    case "token":
      // Programs name tokens: exactly.
      return target !== null && isToken(target, call.token ?? null) && ofIssuer(issuer, call);
    case "connection":
      return target !== null && call.connections?.includes(target) === true;
    default:
      return same(target, call[kind]) && ofIssuer(issuer, call);
  }
}

function namesSessionsOf({ issuer, subject, acting_for }: SessionCaller, call: Revocable): boolean {
  if (call.sessionTrust === "token" || issuer !== call.issuer || subject !== call.subject) return false;
  return acting_for === undefined || acting_for === call.actingFor;
}

function isToken(target: string, token: SubjectToken | null): boolean {
  return token !== null && (token.digest === target || token.jti === target);
}

function ofIssuer(issuer: string | null, call: Revocable): boolean {
  return issuer === null || same(issuer.replace(/\/$/, ""), call.issuer.replace(/\/$/, ""));
}

function same(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && lookKey(one) === lookKey(other);
}

/** A revocation as what it ends has it. */
export function endedByRevocation({ id, kind, reason }: Pick<Revocation, "id" | "kind" | "reason">): EndedBy {
  return { kind, id, reason };
}

/** @throws Refusal access_revoked, gateway_stopped */
export function assertNotRevoked(revocations: { against(call: Revocable): Revocation | null }, call: Revocable): void {
  const found = revocations.against(call);
  if (found !== null) throw notBegun(found);
}

/** Why a call was not sent: nothing of it has left. */
export function notBegun({ kind, reason }: Pick<EndedBy, "kind" | "reason">): Refusal {
  if (kind === "gateway") return new Refusal("gateway_stopped", { hint: reason });
  if (kind === "connection") return new Refusal("credential_not_connected", { hint: reason });
  return new Refusal("access_revoked", { hint: `${kind}: ${reason}` });
}

/** Why a call or a stream that was under way was cut: what had left may have been executed. */
export function cutShort({ kind, reason }: Pick<EndedBy, "kind" | "reason">): Refusal {
  return new Refusal("access_ended", { hint: `${kind}: ${reason}` });
}
