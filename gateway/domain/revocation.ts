import { type Approval, type ActionBinding, between } from "./approval.ts";
import { Refusal } from "./errors.ts";
import type { SessionFact, SessionTrust } from "./facts.ts";
import { isJsonObject } from "../lib/json.ts";
import { lookKey } from "../lib/look-alike.ts";
import { sessionKey, sessionRef } from "./session-key.ts";
import type { Subject, SubjectToken } from "./subject.ts";
import { resourceId, type ToolCall } from "./tool-call.ts";

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

/** What a revocation names. */
export interface RevocationTarget {
  readonly kind: RevocationKind;
  /** Only callers that this issuer vouches for; null for those of all. */
  readonly issuer: string | null;
  /** Subject id, client id, thumbprint, session, task id, `server/tool`, server, issuer or token; null for the gateway itself. */
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

/** The identifiers of a call or a held call that a revocation can match. */
export interface Revocable {
  readonly issuer: string;
  readonly subject: string;
  /** Whom the subject acts for; null for itself. */
  readonly actingFor: string | null;
  /** Ids of those whom the subject acts for, and of other actors in between. */
  readonly behind: readonly string[];
  readonly client: string | null;
  /** Thumbprint of the key that the caller proves. */
  readonly key: string | null;
  /** Every name of its session: the token's, the transport's, the caller's own, its trace, and the reference that lists of sessions show. */
  readonly sessions: readonly string[];
  readonly sessionTrust: SessionTrust;
  /** Id of the lease. */
  readonly task: string | null;
  /** `server/tool`; the server alone when the whole of it is meant. */
  readonly tool: string;
  readonly server: string;
  /** The access token that it stands on; absent where it stands on none, or none is known any more. */
  readonly token?: SubjectToken | null;
}

/** What ended access: told in records, answers and to streams. `id` of a revocation is its own id, of a task the task's. */
export interface EndedBy {
  readonly kind: RevocationKind | "limit" | "signal";
  readonly id: string | null;
  readonly reason: string;
}

const noSubjects: readonly string[] = [];

/**
 * The other subjects whose access the call depends on: revoking a person's access also revokes that of agents acting
 * for the person.
 */
export function behindOf({ actingFor, actorChain }: Pick<Subject, "actingFor" | "actorChain">): readonly string[] {
  return actingFor === null && actorChain.length === 0
    ? noSubjects
    : [...(actingFor ? [actingFor.id] : []), ...actorChain];
}

/** The identifiers of a call, found out when a revocation asks for them: most calls meet none. */
export class RevocableCall implements Revocable {
  readonly #subject: Subject;
  readonly #call: Pick<ToolCall, "route" | "resourceType" | "name" | "mcp" | "declaredSession" | "declaredTrace">;
  readonly #session: Pick<SessionFact, "id" | "trust">;
  readonly task: string | null;

  constructor(
    subject: Subject,
    call: Pick<ToolCall, "route" | "resourceType" | "name" | "mcp" | "declaredSession" | "declaredTrace">,
    session: Pick<SessionFact, "id" | "trust">,
    task: string | null = null,
  ) {
    this.#subject = subject;
    this.#call = call;
    this.#session = session;
    this.task = task;
  }

  get issuer(): string {
    return this.#subject.issuer;
  }

  get subject(): string {
    return this.#subject.id;
  }

  get actingFor(): string | null {
    return this.#subject.actingFor?.id ?? null;
  }

  get behind(): readonly string[] {
    return behindOf(this.#subject);
  }

  get client(): string | null {
    return this.#subject.clientId;
  }

  get key(): string | null {
    return this.#subject.proof.key;
  }

  get sessions(): readonly string[] {
    const { mcp, declaredSession, declaredTrace } = this.#call;
    const others = [this.#subject.session, mcp?.transportSession ?? null, declaredSession, declaredTrace];
    const ref = sessionRef(sessionKey(this.#subject, this.#session));
    return [this.#session.id, ref, ...others.filter((name) => name !== null)];
  }

  get sessionTrust(): SessionTrust {
    return this.#session.trust;
  }

  get tool(): string {
    return resourceId(this.#call);
  }

  get server(): string {
    return this.#call.route.server;
  }

  get token(): SubjectToken | null {
    return this.#subject.token;
  }
}

/** The identifiers of a caller of the gateway's own endpoints, where no tool is called. */
export function revocableOf(subject: Subject, session: string): Revocable {
  return {
    issuer: subject.issuer,
    subject: subject.id,
    actingFor: subject.actingFor?.id ?? null,
    behind: behindOf(subject),
    client: subject.clientId,
    key: subject.proof.key,
    sessions: [session],
    sessionTrust: subject.session === session ? "token" : "none",
    task: null,
    tool: "",
    server: "",
    token: subject.token,
  };
}

/** The identifiers of a bound call, including the actors in between. The binding of a call has no client. */
export function revocableBinding(binding: ActionBinding, client: string | null = null): Revocable {
  const { subject, acting_for, session, session_trust, task, tool } = binding;
  const others = between(binding);
  const behind = acting_for === null ? others : [acting_for, ...others];
  return {
    ...{ issuer: subject.issuer, subject: subject.id, actingFor: acting_for, behind, client, key: subject.key },
    ...{ sessions: [session], sessionTrust: session_trust as SessionTrust, task, tool },
    server: tool.split("/", 1)[0] ?? tool,
  };
}

/** The identifiers of a held call: its binding, with the session that it came in and the client, which only the card has. */
export function revocableItem({ binding, context }: Pick<Approval, "binding" | "context">): Revocable {
  const { agent, session } = context;
  const client = isJsonObject(agent) && typeof agent["client_id"] === "string" ? agent["client_id"] : null;
  const of = revocableBinding(binding, client);
  if (!isJsonObject(session) || typeof session["id"] !== "string") return of;
  return {
    ...of,
    sessions: [...of.sessions, session["id"]],
    sessionTrust: (session["trust"] ?? of.sessionTrust) as SessionTrust,
  };
}

/** One text for each session, so that sessions can be counted. */
export function sessionText({ issuer, subject, sessions }: Revocable): string {
  return JSON.stringify([issuer, subject, sessions[0]]);
}

/** Whether the revocation still stands at this moment, in milliseconds since the epoch. */
export function stands({ until }: Pick<Revocation, "until">, now: number): boolean {
  return until === null || now < until;
}

/**
 * A session named by its agent belongs to that agent alone. People type these names, so names are compared loosely:
 * revoking a look-alike name too is less harmful than revoking none.
 */
export function revokes(revocation: RevocationTarget, call: Revocable): boolean {
  return names(revocation, call) && !isNewer(call, revocation.before ?? null);
}

/** Whoever has signed in again since has a token that counts. */
function isNewer({ token }: Revocable, before: number | null): boolean {
  const issuedAt = token?.issuedAt ?? null;
  return before !== null && issuedAt !== null && issuedAt >= before;
}

function names({ kind, issuer, target, callers = [] }: RevocationTarget, call: Revocable): boolean {
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
    case "token":
      // Programs name tokens: exactly.
      return target !== null && isToken(target, call.token ?? null) && ofIssuer(issuer, call);
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
  return new Refusal("access_revoked", { hint: `${kind}: ${reason}` });
}

/** Why a call or a stream that was under way was cut: what had left may have been executed. */
export function cutShort({ kind, reason }: Pick<EndedBy, "kind" | "reason">): Refusal {
  return new Refusal("access_ended", { hint: `${kind}: ${reason}` });
}
