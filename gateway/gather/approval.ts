import {
  type ActionBinding,
  type Approval,
  type ApprovalState,
  changesSince,
  type Grant,
  type HoldConditions,
} from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { ApprovalFact, Facts } from "../domain/facts.ts";
import type { Holds } from "../domain/ports.ts";
import type { Subject } from "../domain/subject.ts";

const none: ApprovalFact = {
  status: "none",
  id: null,
  approvers: [],
  age: null,
  scope: null,
  grant: null,
  reason: null,
};

export interface AskedCall {
  readonly subject: Subject;
  readonly binding: () => ActionBinding;
  readonly conditions: HoldConditions;
  /** The item that this caller waited for, or null. */
  readonly resumed: string | null;
  readonly idempotencyKey: string | null;
}

type Answered = Pick<Facts, "approval" | "drift">;

/**
 * What people have said about exactly this call. When something has changed since they were asked, the fact is `none` and
 * the change goes to the next card; when the named item is about another call altogether, it is a mismatch.
 * @throws Refusal approval_consumed when another caller of the same call waited too and was first: were it judged as a
 * new call, people would be asked once more for what has just been done; idempotency_reused, idempotency_busy
 */
export function approvalFact(holds: Holds, asked: AskedCall, now: number): Answered {
  if (asked.resumed !== null) return ofNamed(holds, asked, asked.resumed, now);
  if (asked.idempotencyKey !== null) assertKey(holds, asked.binding(), asked.idempotencyKey);
  const found = holds.forCall(asked.subject, asked.binding);
  if (found === null) return { approval: none, drift: null };
  if (found.kind === "grant") return { approval: ofGrant(found.grant, now), drift: null };
  return ofItem(found.approval, asked, now);
}

function ofNamed(holds: Holds, asked: AskedCall, id: string, now: number): Answered {
  const named = holds.get(id);
  if (named === null || !holds.sameRequest(named, asked.binding()))
    return { approval: { ...none, status: "mismatch", id }, drift: null };
  if (used.has(named.state)) throw new Refusal("approval_consumed");
  return ofItem(named, asked, now);
}

function ofItem(approval: Approval, { binding, conditions }: AskedCall, now: number): Answered {
  const open = approval.state === "held" || approval.state === "approved";
  const changes = open ? changesSince(approval, binding(), conditions) : [];
  if (changes.length > 0) return { approval: none, drift: { id: approval.id, changes } };
  return { approval: factOf(approval, now), drift: null };
}

const used: ReadonlySet<ApprovalState> = new Set(["released", "delivered", "failed", "unknown"]);

/** draft-ietf-httpapi-idempotency-key-header §2.6: one key, one payload; what is under way is not begun again. */
function assertKey(holds: Holds, binding: ActionBinding, key: string): void {
  const earlier = holds.forKey(binding, key);
  if (earlier === null) return;
  if (!holds.sameRequest(earlier, binding)) throw new Refusal("idempotency_reused");
  if (earlier.state === "released") throw new Refusal("idempotency_busy");
  if (used.has(earlier.state)) throw new Refusal("approval_consumed");
}

function ofGrant(grant: Grant, now: number): ApprovalFact {
  return {
    ...none,
    status: "approved",
    id: grant.id,
    approvers: grant.approvers,
    age: secondsSince(grant.created, now),
    scope: grant.scope.kind,
    grant: { uses: grant.scope.uses, seconds: grant.scope.seconds },
  };
}

function factOf(approval: Approval, now: number): ApprovalFact {
  const status = statuses[approval.state] ?? "none";
  const approved = status === "approved" && approval.resolved_at !== null;
  return {
    ...none,
    status,
    id: approval.id,
    approvers: approval.votes.filter((vote) => vote.vote === "approve").map((vote) => vote.approver),
    age: approved ? secondsSince(approval.resolved_at, now) : null,
    scope: approved ? "once" : null,
    reason: approval.votes.findLast((vote) => vote.reason !== null)?.reason ?? null,
  };
}

function secondsSince(at: number, now: number): number {
  return Math.max(0, Math.round((now - at) / 1_000));
}

const statuses: Partial<Record<ApprovalState, ApprovalFact["status"]>> = {
  held: "pending",
  approved: "approved",
  denied: "denied",
  expired: "expired",
};
