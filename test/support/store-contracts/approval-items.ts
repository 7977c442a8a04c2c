import type { Approval, Grant, Transition, Vote } from "../../../gateway/domain/approval.ts";
import type {
  ApprovalStore,
  AttentionStore,
  GrantKeyStore,
  GrantStore,
  ReceiptStore,
} from "../../../gateway/domain/ports.ts";
import { binding, requirement, subject, toolCall } from "../builders.ts";

/** The stores that one transaction may write to. */
export interface ApprovalStores {
  readonly approvals: ApprovalStore;
  /** As `ApprovalStore.anyLive`, read with whatever else calls of a turn need. */
  readonly anyLive: (
    subject: { readonly issuer: string; readonly id: string },
    now: number,
  ) => boolean | Promise<boolean>;
  readonly grants: GrantStore;
  readonly keys: GrantKeyStore;
  readonly receipts: ReceiptStore;
  readonly attention: AttentionStore;
}

export const caller = { issuer: "https://idp.example", id: "bot" };

/** An item that `caller` was held for at 0 and that people may decide until 1,000. */
export function heldItem(id: string, changes: Partial<Approval> = {}): Approval {
  const approve_by = changes.approve_by ?? 1_000;
  return {
    id,
    request_digest: `request of ${id}`,
    call_digest: `call of ${id}`,
    action_digest: `action of ${id}`,
    binding: binding(toolCall(), subject(caller)),
    seal: { nonce: `n of ${id}`, created: 0, approve_by },
    conditions: { labels: [], risk: null, revision: "r1" },
    requirement,
    reasons: [{ rule: "payments/refund", code: "LARGE", message: "large", severity: "low", controls: [] }],
    context: {},
    decision_id: "d_1",
    revision: "r1",
    idempotency_key: null,
    replaces: null,
    state: "held",
    votes: [],
    approve_by,
    claim: null,
    resolved_at: null,
    execute_by: null,
    consumed_at: null,
    outcome: null,
    ...changes,
  };
}

export function voteOf(account: string, at: number, changes: Partial<Vote> = {}): Vote {
  return {
    approver: account,
    account,
    also: [],
    roles: ["payments-approver"],
    teams: [],
    vote: "approve",
    reason: null,
    at,
    method: "password",
    evidence: null,
    grant: null,
    seen_ms: null,
    ...changes,
  };
}

export const approved = (at: number): Transition => ({
  from: "held",
  to: "approved",
  set: { resolved_at: at, execute_by: at + 500 },
});

export const released = (at: number): Transition => ({ from: "approved", to: "released", set: { consumed_at: at } });

export function grantOf(id: string, changes: Partial<Grant> = {}): Grant {
  return {
    id,
    approval_id: "a_1",
    binding: binding(toolCall(), subject(caller)),
    approvers: ["ann"],
    scope: { kind: "uses", uses: 3, seconds: 1, same: "arguments" },
    asked: { require: requirement.require, distinct_from: [], justification: false, proof: "session" },
    created: 0,
    expires_at: 1_000,
    uses_left: 2,
    revoked: null,
    ...changes,
  };
}
