import type { Obligation } from "../../domain/decision.ts";
import { Refusal } from "../../domain/errors.ts";
import type { Judged } from "../../domain/judged.ts";
import type { DutyContext } from "./types.ts";

/** Uses the approval up, on disk, before anything is sent: at most once, whoever else tries at the same time. */
export function consumeApproval(_duty: Extract<Obligation, { type: "consume_approval" }>, judged: Judged, context: DutyContext): void {
  const { id, status } = judged.facts.approval;
  if (id === null || status !== "approved") throw new Refusal("obligation_failed", { hint: "no approval to consume" });
  if (!context.holds.consume(id)) throw new Refusal("approval_consumed");
}
