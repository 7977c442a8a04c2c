import { type Decision, gatewayDecision } from "../decision.ts";
import type { Outcome } from "../decision-record.ts";
import type { RequestContext } from "../exchange.ts";
import type { Lease, LeaseOpener } from "./lease.ts";
import { type LeaseView, timeOf } from "./view.ts";

/** What is done to a task, as its record has it. */
export interface LeaseChange {
  /** Its id. */
  readonly task: string;
  readonly change: "opened" | "narrowed" | "closed" | "token";
  readonly by: LeaseOpener;
  /** The scope that was opened. */
  readonly scope?: Pick<
    LeaseView,
    "purpose" | "tools" | "targets" | "serves" | "agents" | "parent" | "ends_at" | "limits"
  >;
  /** Why it was closed. */
  readonly reason?: string;
  /** `jti` of the token. */
  readonly token?: string;
}

/** narrowed: a part of another task was opened. */
export function openingOf(lease: Lease): LeaseChange {
  const { id, opener, parent, purpose, tools, targets, serves, users, limits } = lease;
  const { calls, concurrent, spend, until } = limits;
  const scope = { purpose, tools, targets, serves, agents: users, parent, ends_at: timeOf(until) };
  return {
    task: id,
    change: parent === null ? "opened" : "narrowed",
    by: opener,
    scope: { ...scope, limits: { calls, concurrent, spend } },
  };
}

/** A change, in a sentence for whoever reads the log. */
export interface RecordedLeaseChange {
  readonly change: LeaseChange;
  readonly message: string;
}

type Record = (context: RequestContext, decision: Decision, act: () => Promise<Outcome>) => Promise<Outcome>;

/** Records the change before it takes effect: no record, no task. Whoever ends one is not kept from it by a log that cannot be written. */
export async function recordedChange(
  record: Record,
  context: RequestContext,
  leaseChange: RecordedLeaseChange,
  act: () => Promise<Outcome>,
): Promise<void> {
  context.lease = leaseChange.change;
  let began = false;
  function begin(): Promise<Outcome> {
    began = true;
    return act();
  }
  try {
    await record(context, allowed(leaseChange), begin);
  } catch (thrown) {
    if (began || leaseChange.change.change !== "closed") throw thrown;
    await act();
  }
}

/** No policy is asked: who may is in the configuration, and in the task above. */
function allowed({ change, message }: RecordedLeaseChange): Decision {
  const code = `task_${change.change}`;
  return gatewayDecision({ effect: "allow", code, message, severity: "low", indeterminate: null, detail: null });
}
