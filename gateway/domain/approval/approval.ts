import type { ApprovalRequirement, GrantScope, Reason } from "../decision.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../lib/json.ts";

/**
 * Everything an approval is about. Two calls with the same binding are the same call;
 * change one field and an approval no longer fits.
 */
export interface ActionBinding {
  readonly contract: 1;
  readonly gateway: string;
  readonly subject: { readonly issuer: string; readonly id: string; readonly key: string | null };
  readonly acting_for: string | null;
  /** Who acted before the subject (inner `act` of its token, RFC 8693 §4.1), the latest first; absent when nobody did. */
  readonly actors?: readonly string[];
  /** Who answers for the agent, from a verified claim. */
  readonly agent_owner: string | null;
  readonly session: string;
  /** Who named the session, token or self: the same id from a token and from the agent itself are two sessions. none: nobody did. */
  readonly session_trust: string;
  readonly task: string | null;
  readonly route: string;
  /** authzen: another enforcement point asks, and will carry it out itself. */
  readonly protocol: "http" | "mcp" | "authzen";
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly content_type: string | null;
  /** Headers that travel on and may change what the call means: all but those of the transport. Sorted by name. */
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

/** What held when people were asked and is not part of the call itself; a release under worse ones asks them again. */
export interface HoldConditions {
  readonly labels: readonly string[];
  readonly risk: number | null;
  readonly revision: string;
}

/** One thing that is different from what people were asked before. */
export interface Change {
  /** A field of the binding, or labels, risk, policy. */
  readonly what: string;
  readonly before: JsonValue;
  readonly after: JsonValue;
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

/** How a person proved who they are: at sign-in, again just before the vote, or with a key over the action digest. */
export type VoteMethod = "password" | "oidc" | "reauthenticated" | "passkey" | "token";

export interface Vote {
  /** What the voter was called when they voted. */
  readonly approver: string;
  /** Id of the voter's account. Without it the vote counts for nobody: it is from before accounts had one, and not theirs for certain. */
  readonly account?: string;
  /** Other names of the same person, such as an e-mail address; nobody counts twice or decides for themselves under one. */
  readonly also: readonly string[];
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  readonly vote: "approve" | "deny";
  readonly reason: string | null;
  readonly at: number;
  readonly method: VoteMethod;
  /** What an auditor needs to check the method; null when the session alone stands for it. */
  readonly evidence: JsonObject | null;
  /** Wider than this one call; null for once. Never wider than the requirement's scope. */
  readonly grant: GrantScope | null;
  /** Milliseconds that the card was on the voter's screen before this vote; null when it never was. */
  readonly seen_ms: number | null;
}

/** People's answer to one action digest. Times are milliseconds since the epoch. */
export interface Approval {
  readonly id: string;
  /** Digest of what the caller sent: finds the item for a repeated call even when the gateway's side of it changed. */
  readonly request_digest: string;
  /** Digest of the binding alone: the same call. */
  readonly call_digest: string;
  /** Digest of binding and seal: what people vote on. */
  readonly action_digest: string;
  readonly binding: ActionBinding;
  readonly seal: HoldSeal;
  readonly conditions: HoldConditions;
  readonly requirement: ApprovalRequirement;
  readonly reasons: readonly Reason[];
  /** What the approver is told beside the binding; never judged. */
  readonly context: JsonObject;
  readonly decision_id: string;
  readonly revision: string;
  /** Idempotency-Key of the call; null when it had none. */
  readonly idempotency_key: string | null;
  /** The earlier item whose place this one takes, and what has changed since; null for a first hold. */
  readonly replaces: { readonly id: string; readonly changes: readonly Change[] } | null;
  readonly state: ApprovalState;
  readonly votes: readonly Vote[];
  /** The first clock as it stands now: `seal.approve_by`, or later when somebody extended it. */
  readonly approve_by: number;
  /** Who is looking at it; says so to others, and binds nobody. */
  readonly claim: { readonly by: string; readonly at: number } | null;
  readonly resolved_at: number | null;
  /** Set at approval. */
  readonly execute_by: number | null;
  readonly consumed_at: number | null;
  readonly outcome: string | null;
}

export const openStates: readonly ApprovalState[] = ["held", "approved"];

/** Who acted in between the subject and whom it acts for. In a question of another enforcement point also who asks it. */
export function between({ actors = [], protocol, beside }: ActionBinding): string[] {
  return protocol === "authzen" ? [...actors, ...askers(beside)] : [...actors];
}

/** In a question of another enforcement point the agent is its actor, and its subject the person; and somebody asks it. */
function askers({ actors, enforcement_point: asker }: ActionBinding["beside"]): string[] {
  const chain = Array.isArray(actors) ? actors.map((actor) => (Array.isArray(actor) ? actor[1] : null)) : [];
  const names = [...chain, isJsonObject(asker) ? asker["id"] : null];
  return names.filter((name) => typeof name === "string");
}
