import type { ApprovalRequirement, Reason } from "./decision.ts";
import type { JsonObject } from "./json.ts";

/**
 * Everything an approval is about. Two calls with the same binding are the same call;
 * change one field and an approval no longer fits.
 */
export interface ActionBinding {
  readonly contract: 1;
  readonly gateway: string;
  readonly subject: { readonly issuer: string; readonly id: string; readonly key: string | null };
  readonly acting_for: string | null;
  readonly session: string;
  /** Who named the session: the same id from a token and from the agent itself are two sessions. */
  readonly session_trust: string;
  readonly task: string | null;
  readonly route: string;
  readonly protocol: "http" | "mcp";
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly content_type: string | null;
  /** Headers that travel on and may change what the call means: all but those known to be harmless. Sorted. */
  readonly headers: readonly (readonly [string, string])[];
  readonly action: string;
  readonly tool: string;
  readonly definition_digest: string | null;
  /** The canonical argument tree; null when the body is not JSON or not for policy, then `body_digest` binds it. */
  readonly arguments: JsonObject | null;
  readonly body_digest: string | null;
  /** What else of an MCP message reaches the tool server. */
  readonly beside: JsonObject;
  readonly sensitivity: string | null;
  readonly reversible: boolean | null;
}

/** What makes one hold of a bound call unlike every other: a nonce and the first clock. */
export interface HoldSeal {
  readonly nonce: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly approve_by: number;
}

export type ApprovalState =
  | "held"
  | "approved"
  | "released"
  | "delivered"
  | "failed"
  | "unknown"
  | "denied"
  | "expired"
  | "cancelled"
  | "superseded"
  | "drifted";

export interface Vote {
  readonly approver: string;
  readonly roles: readonly string[];
  readonly vote: "approve" | "deny";
  readonly reason: string | null;
  readonly at: number;
  /** How the person proved who they are. */
  readonly method: "password" | "oidc" | "passkey" | "token";
}

/** People's answer to one action digest. Times are milliseconds since the epoch. */
export interface Approval {
  readonly id: string;
  /** Digest of the binding alone: finds the item for a repeated call. */
  readonly call_digest: string;
  /** Digest of binding and seal: what people vote on. */
  readonly action_digest: string;
  readonly binding: ActionBinding;
  readonly seal: HoldSeal;
  readonly requirement: ApprovalRequirement;
  readonly reasons: readonly Reason[];
  /** What the approver is told beside the binding; never judged. */
  readonly context: JsonObject;
  readonly decision_id: string;
  readonly revision: string;
  readonly state: ApprovalState;
  readonly votes: readonly Vote[];
  readonly resolved_at: number | null;
  /** Set at approval. */
  readonly execute_by: number | null;
  readonly consumed_at: number | null;
  readonly outcome: string | null;
}

export const openStates: readonly ApprovalState[] = ["held", "approved"];

/** Which states each state may go to; the store compares before it sets. */
export const approvalTransitions: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  held: ["approved", "denied", "expired", "cancelled", "superseded", "drifted"],
  approved: ["released", "expired", "cancelled", "drifted"],
  released: ["delivered", "failed", "unknown"],
  delivered: [],
  failed: [],
  unknown: [],
  denied: [],
  expired: [],
  cancelled: [],
  superseded: [],
  drifted: [],
};

export function canMove(from: ApprovalState, to: ApprovalState): boolean {
  return approvalTransitions[from].includes(to);
}
