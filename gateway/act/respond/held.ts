import type { Approval } from "../../domain/approval.ts";
import { Refusal } from "../../domain/errors.ts";
import type { Clock } from "../../domain/ports.ts";
import { type CallerError, type CatalogueError, errorOfRefusal } from "./refusal-wording.ts";

/** A call that people have not decided about, as its caller is told. `status` is for plain HTTP. */
export function errorOfPending(approval: Approval, status: number, decisionId: string, clock: Clock): CallerError {
  const left = Math.max(1, Math.ceil((approval.approve_by - clock.now()) / 1_000));
  return {
    outcome: "pending",
    code: "approval_pending",
    status,
    sentence: approval.reasons.map((reason) => reason.message).join("; "),
    reasons: approval.reasons.map(({ code, message, rule }) => ({ code, message, rule })),
    retryable: true,
    executed: false,
    decisionId,
    approval: { id: approval.id, expiresAt: approval.approve_by, retryAfterS: Math.min(5, left) },
  };
}

/** A call that people, a clock or somebody else ended before it ran; the people's own reason is part of it. */
export function errorOfEnded(approval: Approval, decisionId: string): CatalogueError {
  const at = { id: approval.id, expiresAt: approval.approve_by, retryAfterS: 1 };
  return errorOfRefusal(refusalOf(approval), decisionId, at);
}

function refusalOf(approval: Approval): Refusal {
  const reason = approval.votes.findLast((vote) => vote.vote === "deny")?.reason;
  switch (approval.state) {
    case "denied":
      return new Refusal("approval_denied", reason === null || reason === undefined ? {} : { hint: reason });
    case "expired":
      return new Refusal("approval_expired");
    case "released":
    case "delivered":
    case "failed":
    case "unknown":
      return new Refusal("approval_consumed");
    default:
      return new Refusal("approval_cancelled", approval.outcome === null ? {} : { hint: approval.outcome });
  }
}
