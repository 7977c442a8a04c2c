import { decimalText } from "../../lib/decimal.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { ClosedLease } from "../ports.ts";
import type { LeaseInUse } from "./fact.ts";
import { type LeaseEnd, type LeaseOpener, leaseState, type LeaseState, type LeaseUser } from "./lease.ts";

/** A task as orchestrators, agents and people see it; the names are those of the API. */
export interface LeaseView {
  readonly id: string;
  readonly state: LeaseState;
  readonly purpose: string;
  readonly tools: readonly string[];
  readonly targets: readonly string[] | null;
  readonly serves: string | null;
  readonly agents: readonly LeaseUser[];
  readonly opened_by: LeaseOpener;
  readonly parent: string | null;
  /** RFC 3339. */
  readonly opened_at: string;
  readonly ends_at: string;
  readonly limits: {
    readonly calls: number | null;
    readonly concurrent: number | null;
    readonly spend: Readonly<Record<string, string>>;
  };
  /** With all below it. Calls under way are counted where they are limited. */
  readonly used: {
    readonly calls: number;
    readonly concurrent: number;
    readonly spend: Readonly<Record<string, string>>;
  };
  readonly ended: (Pick<LeaseEnd, "by" | "reason"> & { readonly at: string }) | null;
}

export function leaseView({ lease, use }: LeaseInUse, now: number): LeaseView {
  const { id, purpose, tools, targets, serves, users, opener, parent, opened, limits, end } = lease;
  const { calls, concurrent, spend, until } = limits;
  const spent = [...use.spent].map(([unit, amount]) => [unit, decimalText(amount)] as const);
  return {
    id,
    purpose,
    tools,
    targets,
    serves,
    parent,
    state: leaseState(lease, now),
    agents: users,
    opened_by: opener,
    opened_at: timeOf(opened),
    ends_at: timeOf(until),
    limits: { calls, concurrent, spend },
    used: { calls: use.calls, concurrent: use.concurrent, spend: Object.fromEntries(spent) },
    ended: end === null ? null : { at: timeOf(end.at), by: end.by, reason: end.reason },
  };
}

/** The answer to whoever closes a task. `cut`: what was under way of it and of all below; null when some of that is not cut yet. */
export function closedView(id: string, { ids, durable, cut }: ClosedLease): JsonObject {
  return { id, state: "closed", durable, ended: [...ids], cut: cut === null ? null : { ...cut } };
}

/** RFC 3339, of milliseconds since the epoch. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
