import type { CutText } from "../../lib/cut-text.ts";
import type { Subject } from "../subject.ts";

/**
 * A task as a lease: access that an orchestrator or a person opens for a purpose, within limits, and that ends with it. Never
 * changed but for its end; what it has used is counted beside it.
 */
export interface Lease {
  readonly id: string;
  readonly purpose: string;
  /** The task as a person wrote it; null when the purpose says all. */
  readonly text: CutText | null;
  /** `server/tool`, or `server/*` for all of a server. */
  readonly tools: readonly string[];
  /** Values, hosts, domains; null for any. See `targets.ts`. */
  readonly targets: readonly string[] | null;
  /** Id of the person it serves; null when it names none. */
  readonly serves: string | null;
  readonly users: readonly LeaseUser[];
  readonly opener: LeaseOpener;
  readonly limits: LeaseLimits;
  /** Of which task it is a part; it can only be narrower, counts against it and ends with it. */
  readonly parent: string | null;
  /** Milliseconds since the epoch. */
  readonly opened: number;
  readonly end: LeaseEnd | null;
}

export interface LeaseLimits {
  /** Calls in all; null for any number. */
  readonly calls: number | null;
  /** Calls under way at once; null for any number. */
  readonly concurrent: number | null;
  /** Exact decimals by unit; a unit that is not there is not limited. */
  readonly spend: Readonly<Record<string, string>>;
  /** When it ends by itself, in milliseconds since the epoch. */
  readonly until: number;
}

/** Who may use a task: exactly one of `subject` and `client` is there. Null issuer: of any issuer that a route trusts. */
export interface LeaseUser {
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly client: string | null;
}

/** client: an orchestrator. agent: one that may use the parent. person: of the console; its issuer is null. */
export interface LeaseOpener {
  readonly kind: "client" | "agent" | "person";
  readonly issuer: string | null;
  /** Subject id, or the person's name. */
  readonly id: string;
  /** OAuth client, when the token named one. */
  readonly client: string | null;
}

export interface LeaseEnd {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: "closed" | "expired";
  readonly by: string;
  readonly reason: string;
}

export type LeaseState = "open" | "closed" | "expired";

/** The state at a moment in milliseconds since the epoch, whether or not its end is written yet. */
export function leaseState({ end, limits }: Pick<Lease, "end" | "limits">, now: number): LeaseState {
  if (end !== null) return end.kind;
  return now < limits.until ? "open" : "expired";
}

/** What a task and all below it have used so far. */
export interface LeaseUse {
  readonly calls: number;
  /** Under way now. */
  readonly concurrent: number;
  /** Amounts of `decimal` by unit. */
  readonly spent: ReadonlyMap<string, bigint>;
}

/** Whether this caller may use the task: named by its subject or its client, and for nobody else than whom the task serves. */
export function mayUse(lease: Lease, subject: Subject): boolean {
  if (!isServed(lease, subject)) return false;
  const { issuer, id, clientId } = subject;
  return lease.users.some(
    (user) => (user.issuer === null || user.issuer === issuer) && (user.subject === id || isClient(user, clientId)),
  );
}

/** Whether this caller acts for nobody else than whom the task serves. */
export function isServed({ serves }: Pick<Lease, "serves">, { actingFor }: Pick<Subject, "actingFor">): boolean {
  return serves === null || actingFor === null || actingFor.id === serves;
}

function isClient({ client }: LeaseUser, clientId: string | null): boolean {
  return client !== null && client === clientId;
}
