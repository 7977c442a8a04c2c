import type { ApprovalRequirement, GrantScope, Reason } from "../decision.ts";
import type { EndedBy } from "../revocation.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../lib/json.ts";

/**
 * Everything that an approval is bound to. Two calls with the same binding are the same call; an approval does not
 * apply to a call that differs in any field.
 */
export interface ActionBinding {
  readonly contract: 1;
  /** Of a call, the environment: several gateways share a store, each with a name of its own. Of a change of the policy, the name of the one that asks. */
  readonly gateway: string;
  readonly subject: { readonly issuer: string; readonly id: string; readonly key: string | null };
  readonly acting_for: string | null;
  /** Earlier actors (inner `act` of the token, RFC 8693 §4.1), the latest first; absent when there are none. */
  readonly actors?: readonly string[];
  /** The agent's owner, from a verified claim. */
  readonly agent_owner: string | null;
  readonly session: string;
  /** Who named the session: token, self, or none. The same id from a token and from the agent itself are two sessions. */
  readonly session_trust: string;
  readonly task: string | null;
  readonly route: string;
  /**
   * authzen: a question of another enforcement point, which executes the call itself. policy: a change of the policy, which is no call; its
   * subject is whoever asks for it.
   */
  readonly protocol: "http" | "mcp" | "authzen" | "policy";
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly content_type: string | null;
  /** Forwarded headers that may change the meaning of the call: all except those of the transport. Sorted by name. */
  readonly headers: readonly (readonly [string, string])[];
  readonly action: string;
  readonly tool: string;
  readonly definition_digest: string | null;
  /** The canonical argument tree; null when the body is not JSON or not for policy, then `body_digest` binds it. */
  readonly arguments: JsonObject | null;
  readonly body_digest: string | null;
  /** Other parts of an MCP message that reach the tool server. */
  readonly beside: JsonObject;
  readonly sensitivity: string | null;
  readonly reversible: boolean | null;
}

/** Makes each hold of a bound call unique: a nonce and the time limit for approval. */
export interface HoldSeal {
  readonly nonce: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly approve_by: number;
}

/**
 * Conditions at the time of the hold that are not part of the call itself. When they are worse at release, a new
 * approval is needed.
 */
export interface HoldConditions {
  readonly labels: readonly string[];
  readonly risk: number | null;
  readonly revision: string;
}

/** The conditions of a call that is compared with an earlier approval. */
export interface ConditionsNow extends HoldConditions {
  /** The scores of risk from which on policy asks people or denies, lowest first. */
  readonly thresholds: readonly number[];
}

/** One difference from an earlier held call. */
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
  | "drifted";

/** How a person proved who they are: at sign-in, again just before the vote, or with a key over the action digest. */
export type VoteMethod = "password" | "oidc" | "reauthenticated" | "passkey" | "token";

export interface Vote {
  /** Name of the voter at the time of the vote. */
  readonly approver: string;
  /**
   * Id of the voter's account. A vote without it, from a store before accounts had ids, does not count: its voter is
   * not certain.
   */
  readonly account?: string;
  /**
   * Other names of the same person, such as an e-mail address; used to refuse double votes and votes on a person's own calls.
   */
  readonly also: readonly string[];
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  readonly vote: "approve" | "deny";
  readonly reason: string | null;
  readonly at: number;
  readonly method: VoteMethod;
  /** Evidence by which an auditor can check the method; null when it is the session alone. */
  readonly evidence: JsonObject | null;
  /** Permission for more than this one call; null for once. Never wider than the requirement's scope. */
  readonly grant: GrantScope | null;
  /** Milliseconds for which the voter's screen showed the card before this vote; null when it did not. */
  readonly seen_ms: number | null;
}

/** A held call and the decision of people about it. Times are milliseconds since the epoch. */
export interface Approval {
  readonly id: string;
  /**
   * Digest of the caller's part of the call: finds the approval of a repeated call also when the gateway's part of the
   * binding has changed.
   */
  readonly request_digest: string;
  /** Digest of the binding alone; equal for the same call. */
  readonly call_digest: string;
  /** Digest of binding and seal: what people vote on. */
  readonly action_digest: string;
  readonly binding: ActionBinding;
  readonly seal: HoldSeal;
  readonly conditions: HoldConditions;
  readonly requirement: ApprovalRequirement;
  readonly reasons: readonly Reason[];
  /** Further information for approvers; not an input of any decision. */
  readonly context: JsonObject;
  readonly decision_id: string;
  readonly revision: string;
  /** Idempotency-Key of the call; null when it had none. */
  readonly idempotency_key: string | null;
  /** The earlier approval that this one replaces, and the changes since; null for a first hold. */
  readonly replaces: { readonly id: string; readonly changes: readonly Change[] } | null;
  readonly state: ApprovalState;
  readonly votes: readonly Vote[];
  /** Current time limit for approval: `seal.approve_by`, or later after an extension. */
  readonly approve_by: number;
  /** The approver who has claimed it. For display only; it restricts no one. */
  readonly claim: { readonly by: string; readonly at: number } | null;
  readonly resolved_at: number | null;
  /** Set at approval. */
  readonly execute_by: number | null;
  readonly consumed_at: number | null;
  readonly outcome: string | null;
  /** What ended access of its caller while it was held, approved or carried out; absent for every other. */
  readonly ended_by?: EndedBy;
}

export const openStates: readonly ApprovalState[] = ["held", "approved"];

/**
 * The actors between the subject and the person it acts for; for a question of another enforcement point also that
 * enforcement point, for a change of the policy the other names of who asks for it.
 */
export function between({ actors = [], protocol, beside }: ActionBinding): string[] {
  if (protocol === "policy") return textsOf(beside["also"]);
  return protocol === "authzen" ? [...actors, ...askers(beside)] : [...actors];
}

function textsOf(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/**
 * In a question of another enforcement point the subject is the person, the agent is an actor, and the enforcement
 * point is the client.
 */
function askers({ actors, enforcement_point: asker }: ActionBinding["beside"]): string[] {
  const chain = Array.isArray(actors) ? actors.map((actor) => (Array.isArray(actor) ? actor[1] : null)) : [];
  const names = [...chain, isJsonObject(asker) ? asker["id"] : null];
  return names.filter((name) => typeof name === "string");
}
