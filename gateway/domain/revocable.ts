import { type ActionBinding, type Approval, between } from "./approval.ts";
import type { SessionFact, SessionTrust, TaskFact } from "./facts.ts";
import { isJsonObject, type JsonValue } from "../lib/json.ts";
import { sessionKey, sessionRef } from "./session-key.ts";
import type { Subject, SubjectToken } from "./subject.ts";
import { resourceId, type ToolCall } from "./tool-call.ts";

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
  /** Of the certificate that it proves beside; absent for none. */
  readonly certificate?: string | null;
  /** Every name of its session: the token's, the transport's, the caller's own, its trace, and the reference that lists of sessions show. */
  readonly sessions: readonly string[];
  readonly sessionTrust: SessionTrust;
  /** Id of the lease. */
  readonly task: string | null;
  /** Ids of the leases that it is a part of; absent for none. */
  readonly tasksAbove?: readonly string[];
  /** `server/tool`; the server alone when the whole of it is meant. */
  readonly tool: string;
  readonly server: string;
  /** The access token that it stands on; absent where it stands on none, or none is known any more. */
  readonly token?: SubjectToken | null;
  /** Ids of the connections of people whose credentials it carries; absent for none, and for what is not sent yet. */
  readonly connections?: readonly string[];
}

/** Access of no caller to nothing: a base for those that are known by some identifiers only. */
export const noAccess: Revocable = {
  issuer: "",
  subject: "",
  actingFor: null,
  behind: [],
  client: null,
  key: null,
  sessions: [],
  sessionTrust: "none",
  task: null,
  tool: "",
  server: "",
};

const noNames: readonly string[] = [];

export type RevocableTask = Pick<TaskFact, "id" | "within" | "serves">;

/**
 * The other subjects whose access the call depends on: revoking a person's access also revokes that of agents acting
 * for the person.
 */
export function behindOf({ actingFor, actorChain }: Pick<Subject, "actingFor" | "actorChain">): readonly string[] {
  return actingFor === null && actorChain.length === 0
    ? noNames
    : [...(actingFor ? [actingFor.id] : []), ...actorChain];
}

function behindWithin(subject: Subject, task: Pick<RevocableTask, "serves"> | null): readonly string[] {
  const behind = behindOf(subject);
  return task === null || task.serves === null ? behind : [...behind, task.serves];
}

/** The identifiers of a call, found out when a revocation asks for them: most calls meet none. */
export class RevocableCall implements Revocable {
  readonly #subject: Subject;
  readonly #call: Pick<ToolCall, "route" | "resourceType" | "name" | "mcp" | "declaredSession" | "declaredTrace">;
  readonly #session: Pick<SessionFact, "id" | "trust">;
  readonly #task: RevocableTask | null;

  constructor(
    subject: Subject,
    call: Pick<ToolCall, "route" | "resourceType" | "name" | "mcp" | "declaredSession" | "declaredTrace">,
    session: Pick<SessionFact, "id" | "trust">,
    task: RevocableTask | null = null,
  ) {
    this.#subject = subject;
    this.#call = call;
    this.#session = session;
    this.#task = task;
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

  /** Access in a task depends also on that of whom it serves. */
  get behind(): readonly string[] {
    return behindWithin(this.#subject, this.#task);
  }

  get client(): string | null {
    return this.#subject.clientId;
  }

  get key(): string | null {
    return this.#subject.proof.key;
  }

  get certificate(): string | null {
    return this.#subject.certificate ?? null;
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

  get task(): string | null {
    return this.#task?.id ?? null;
  }

  get tasksAbove(): readonly string[] {
    return this.#task?.within ?? noNames;
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

/** A call that is sent with the account of a person. */
export class RevocableCarrier extends RevocableCall {
  readonly connections: readonly string[];

  constructor(of: ConstructorParameters<typeof RevocableCall>, connections: readonly string[]) {
    super(...of);
    this.connections = connections;
  }
}

/** The task that a caller asks about, or the ones that a new one is a part of: its id is not known yet. */
export type AskedTask = Omit<RevocableTask, "id"> & { readonly id: string | null };

/** The identifiers of a caller of the gateway's own endpoints, where no tool is called. */
export function revocableOf(subject: Subject, session: string, task: AskedTask | null = null): Revocable {
  return {
    issuer: subject.issuer,
    subject: subject.id,
    actingFor: subject.actingFor?.id ?? null,
    behind: behindWithin(subject, task),
    client: subject.clientId,
    key: subject.proof.key,
    certificate: subject.certificate ?? null,
    sessions: [session],
    sessionTrust: subject.session === session ? "token" : "none",
    task: task?.id ?? null,
    tasksAbove: task?.within ?? noNames,
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
    issuer: subject.issuer,
    subject: subject.id,
    actingFor: acting_for,
    behind,
    client,
    key: subject.key,
    sessions: [session],
    sessionTrust: session_trust as SessionTrust,
    task,
    tool,
    server: tool.split("/", 1)[0] ?? tool,
  };
}

/** The identifiers of a held call: its binding, with what only the card has: the session that it came in, the client, its task's parts. */
export function revocableItem({ binding, context }: Pick<Approval, "binding" | "context">): Revocable {
  const { agent, session } = context;
  const client = isJsonObject(agent) && typeof agent["client_id"] === "string" ? agent["client_id"] : null;
  const of = { ...revocableBinding(binding, client), ...ofTask(binding, context["task"] ?? null) };
  if (!isJsonObject(session) || typeof session["id"] !== "string") return of;
  return {
    ...of,
    sessions: [...of.sessions, session["id"]],
    sessionTrust: (session["trust"] ?? of.sessionTrust) as SessionTrust,
  };
}

function ofTask(binding: ActionBinding, task: JsonValue): Partial<Pick<Revocable, "behind" | "tasksAbove">> {
  if (!isJsonObject(task)) return {};
  const { within, serves } = task;
  const { behind } = revocableBinding(binding);
  return {
    ...(Array.isArray(within) ? { tasksAbove: within.filter((id) => typeof id === "string") } : {}),
    ...(typeof serves === "string" ? { behind: [...behind, serves] } : {}),
  };
}

/** One text for each session, so that sessions can be counted. */
export function sessionText({ issuer, subject, sessions }: Revocable): string {
  return JSON.stringify([issuer, subject, sessions[0]]);
}
