import type { Obligation } from "../../domain/decision.ts";
import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { keyedByGrant } from "../hold/bound.ts";
import type { DutyContext } from "./types.ts";

/**
 * What the permission depends on. An approval that was a fact of it is used up whether policy remembered to ask for that
 * or not: at most once is the gateway's own promise.
 */
export function withConsumption({ decision, facts }: EvaluatedCall): readonly Obligation[] {
  const { obligations } = decision;
  const forgotten =
    facts.approval.status === "approved" && !obligations.some((duty) => duty.type === "consume_approval");
  return forgotten ? [...obligations, { type: "consume_approval" }] : obligations;
}

/** Uses the approval up, on disk, before anything is sent: at most once, whoever else tries at the same time. */
export function consumeApproval(
  _duty: Extract<Obligation, { type: "consume_approval" }>,
  evaluated: EvaluatedCall,
  context: DutyContext,
): void {
  const { id, status } = evaluated.facts.approval;
  if (id === null || status !== "approved") throw new Refusal("obligation_failed", { hint: "no approval to consume" });
  if (!context.holds.consume(id, keyedByGrant(evaluated))) throw new Refusal("approval_consumed");
}
