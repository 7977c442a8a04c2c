import type { ActionBinding, Approval, ApprovalState } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { ApprovalFact } from "../domain/facts.ts";
import type { Holds } from "../domain/ports.ts";
import type { Subject } from "../domain/subject.ts";

const none: ApprovalFact = { status: "none", id: null, approvers: [], age: null, scope: null, reason: null };

/**
 * What people have said about exactly this call. `resumed` names the item a waiting caller was resumed for;
 * when that item is about anything else, the fact is a mismatch, never an approval.
 * @throws Refusal approval_consumed when another caller of the same call waited too and was first: were it judged as a
 * new call, people would be asked once more for what has just been done
 */
export function approvalFact(
  holds: Holds,
  subject: Subject,
  binding: () => ActionBinding,
  resumed: string | null,
  now: number,
): ApprovalFact {
  if (resumed === null) {
    const found = holds.forCall(subject, binding);
    return found === null ? none : factOf(found, now);
  }
  const named = holds.get(resumed);
  if (named === null || !holds.fits(named, binding())) return { ...none, status: "mismatch", id: resumed };
  if (used.has(named.state)) throw new Refusal("approval_consumed");
  return factOf(named, now);
}

const used: ReadonlySet<ApprovalState> = new Set(["released", "delivered", "failed", "unknown"]);

function factOf(approval: Approval, now: number): ApprovalFact {
  const status = statusOf(approval);
  return {
    status,
    id: approval.id,
    approvers: approval.votes.filter((vote) => vote.vote === "approve").map((vote) => vote.approver),
    age:
      status === "approved" && approval.resolved_at !== null
        ? Math.max(0, Math.round((now - approval.resolved_at) / 1_000))
        : null,
    scope: approval.requirement.scope,
    reason: approval.votes.findLast((vote) => vote.reason !== null)?.reason ?? null,
  };
}

function statusOf(approval: Approval): ApprovalFact["status"] {
  switch (approval.state) {
    case "held":
      return "pending";
    case "approved":
      return "approved";
    case "denied":
      return "denied";
    case "expired":
      return "expired";
    default:
      return "none";
  }
}
