import type { ErrorCode } from "./errors.ts";
import type { LimitKey } from "./limit.ts";
import type { Redaction } from "./result.ts";

export type Effect = "allow" | "deny" | "hold";

export interface Reason {
  readonly code: string;
  readonly message: string;
  /** `topic/rule`, the folder below rego/sallyport/rules; "gateway" for the gateway's own. */
  readonly rule: string;
  readonly severity: "low" | "medium" | "high" | "critical";
  /** OWASP agentic and other control ids. */
  readonly controls: readonly string[];
}

export type Obligation =
  | { readonly type: "label_session"; readonly labels: readonly string[] }
  | InjectCredential
  | LimitCalls
  | { readonly type: "consume_approval" }
  | RedactArguments;

/** A configured credential, as wide as this call needs it; absent: as it is configured. */
export interface InjectCredential {
  readonly type: "inject_credential";
  readonly credential: string;
  readonly scope?: readonly string[];
  /** Identifier of the tool server (RFC 8707). */
  readonly resource?: string;
  /** Longest lifetime in seconds. */
  readonly ttl?: number;
}

/**
 * A limit of calls. `key`: for whom it counts; the word `tool` is each caller's calls of the tool, a list is exactly what it names. `per`
 * is a time such as 30s, 1m, 12h or 7d.
 */
export type LimitCalls = { readonly type: "limit"; readonly key: LimitKey | readonly LimitKey[] } & (
  | { readonly kind?: "rate"; readonly per: string; readonly max: number; readonly burst?: number }
  | { readonly kind: "loop"; readonly per: string; readonly max: number }
  | { readonly kind: "concurrent"; readonly max: number }
  /** `max`: an exact decimal of the unit. */
  | { readonly kind: "spend"; readonly unit: string; readonly per: string; readonly max: number | string }
);

/** What the tool server must not get. `pointers` is short for redactions that are all pointers. */
export type RedactArguments =
  | { readonly type: "redact_arguments"; readonly redactions: readonly Redaction[] }
  | { readonly type: "redact_arguments"; readonly pointers: readonly string[] };

/** All parts of the arguments that the obligations remove, in their order. */
export function argumentRedactions(obligations: readonly Obligation[]): Redaction[] {
  return obligations.flatMap((duty) => {
    if (duty.type !== "redact_arguments") return [];
    return "redactions" in duty ? duty.redactions : duty.pointers.map((pointer) => ({ pointer }));
  });
}

/** A number of people of one role; with `outside_team` none of them may belong to that team. */
export interface Quorum {
  readonly role: string;
  readonly count: number;
  readonly outside_team?: string;
}

/** A permission wider than one call; always bounded by uses and time as well. */
export interface GrantScope {
  /** uses: so many calls. session, task: only within the same one. until: as many as `uses` until the time is up. */
  readonly kind: "uses" | "session" | "task" | "until";
  readonly uses: number;
  /** Seconds from the approval on. */
  readonly seconds: number;
  /** What each call must share with the approved one: all its arguments, or those under these JSON pointers. */
  readonly same: "arguments" | readonly string[];
}

/** How the voter must be authenticated: signed in, signed in again just before, or with a passkey signature of the digest. */
export type ApproverProof = "session" | "reauthenticated" | "passkey";

export interface ApprovalRequirement {
  readonly require: readonly Quorum[];
  readonly distinct_from: readonly ("acting_for" | "agent_owner")[];
  /** Seconds. */
  readonly approve_within: number;
  /** Seconds after approval. */
  readonly execute_within: number;
  readonly justification: boolean;
  /** The widest permission that approvers may give. */
  readonly scope: "once" | GrantScope;
  /** Absent: the session is enough. */
  readonly proof?: ApproverProof;
  readonly summary: string;
}

/** The answer to one call. Immutable; the same object is recorded and acted on. */
export interface Decision {
  readonly effect: Effect;
  readonly reasons: readonly Reason[];
  readonly obligations: readonly Obligation[];
  /** Only with hold. */
  readonly approval: ApprovalRequirement | null;
  readonly risk: number | null;
  /** Set when the deny is the gateway's own, not a rule's. */
  readonly indeterminate: ErrorCode | null;
  /** Detail of an indeterminate decision, for operators; never shown to callers. */
  readonly detail: string | null;
  /** Fuel units used; null when nothing was evaluated. */
  readonly fuel: number | null;
  /** Microseconds of evaluation; null when nothing was evaluated. */
  readonly evaluationUs: number | null;
}

interface OwnDecision extends Pick<Decision, "indeterminate" | "detail"> {
  readonly effect: "allow" | "deny";
  readonly code: string;
  readonly message: string;
  readonly severity: Reason["severity"];
  /** Absent: nothing was evaluated. */
  readonly evaluated?: Pick<Decision, "fuel" | "evaluationUs">;
}

const notEvaluated = { fuel: null, evaluationUs: null };

/** What the gateway decides by itself: without a policy, or where the policy gives no answer. */
export function gatewayDecision(own: OwnDecision): Decision {
  const { effect, code, message, severity, indeterminate, detail, evaluated = notEvaluated } = own;
  return {
    effect,
    reasons: [{ code, message, rule: "gateway", severity, controls: [] }],
    obligations: [],
    approval: null,
    risk: null,
    indeterminate,
    detail,
    fuel: evaluated.fuel,
    evaluationUs: evaluated.evaluationUs,
  };
}

export type ResultEffect = "pass" | "redact" | "block";

/** The decision about one result. */
export interface ResultDecision {
  readonly effect: ResultEffect;
  /** Of a block. */
  readonly reasons: readonly Reason[];
  /** Not empty exactly when the effect is redact. */
  readonly redactions: readonly Redaction[];
  /** Labels that the session gets for having seen this result. */
  readonly labels: readonly string[];
  /** Set when the block is the gateway's own, not a rule's. */
  readonly indeterminate: ErrorCode | null;
  readonly detail: string | null;
  readonly fuel: number | null;
  readonly evaluationUs: number | null;
}
