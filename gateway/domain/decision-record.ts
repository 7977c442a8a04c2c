import type { JsonValue } from "../lib/json.ts";
import type { Effect, Obligation, Reason } from "./decision.ts";
import type { ErrorCode } from "./errors.ts";

/**
 * One decision, written before it is carried out. Field names follow OPA's decision log event
 * (decision_id, labels, bundles, path, input, result, timestamp, metrics, erased, masked, trace_id); the rest is ours.
 */
export interface DecisionRecord {
  readonly kind: "decision";
  readonly seq: number;
  readonly decision_id: string;
  readonly timestamp: string;
  /** Milliseconds since the process started; does not jump with the wall clock. */
  readonly monotonic_ms: number;
  readonly labels: { readonly instance: string; readonly environment: string };
  readonly trace_id: string | null;
  readonly bundles: Readonly<Record<string, { readonly revision: string; readonly digest: string }>>;
  readonly path: string;
  readonly phase: "call" | "list" | "result";
  readonly protocol: "http" | "mcp" | "authzen" | null;
  readonly route: string | null;
  readonly method: string;
  readonly request_path: string;
  readonly subject: string | null;
  readonly acting_for: string | null;
  readonly session: string | null;
  readonly task: string | null;
  readonly action: string | null;
  readonly tool: string | null;
  readonly input_digest: string | null;
  /** The input with what policy of the log hides removed; null when none was built. */
  readonly input: JsonValue;
  readonly erased: readonly string[];
  readonly masked: readonly string[];
  /** Refusals of this caller in a row, with this one; absent for the first. From the eleventh on no input is kept. */
  readonly refused_in_a_row?: number;
  readonly result: {
    readonly effect: Effect;
    readonly reasons: readonly Reason[];
    readonly obligations: readonly Obligation[];
    readonly doubt: string | null;
    readonly detail: string | null;
  };
  readonly rules: readonly string[];
  readonly judged_digest: string | null;
  readonly approval_id: string | null;
  readonly metrics: { readonly fuel: number | null; readonly evaluation_us: number | null };
}

/** What came of a decision. A decision without an outcome is a crash, and is reported as one. */
export interface OutcomeRecord {
  readonly kind: "outcome";
  readonly seq: number;
  readonly decision_id: string;
  readonly timestamp: string;
  readonly monotonic_ms: number;
  readonly outcome: OutcomeKind;
  /** What the caller got. */
  readonly status: number | null;
  readonly code: string | null;
  readonly upstream_status: number | null;
  readonly forwarded_digest: string | null;
  readonly response_digest: string | null;
  readonly response_bytes: number | null;
  readonly approval_id: string | null;
  readonly obligations: readonly string[];
  readonly duration_ms: number;
}

/**
 * forwarded: the upstream answered. refused: nothing was sent. held: waiting for people.
 * resumed: people answered while the caller waited; a further decision follows.
 * answered: the gateway itself had the answer, or told it to another enforcement point; nothing was sent.
 * replayed: the caller repeated an approved call and got what came of it before; nothing was sent.
 * failed: the upstream failed. unknown: sent, and how it ended is not known. abandoned: the caller left.
 */
export type OutcomeKind =
  "forwarded" | "refused" | "held" | "resumed" | "replayed" | "answered" | "failed" | "unknown" | "abandoned";

/** What acting on a decision came to; becomes the outcome record. */
export interface Outcome {
  readonly kind: OutcomeKind;
  readonly status: number | null;
  readonly code: ErrorCode | null;
  readonly upstreamStatus: number | null;
  readonly forwardedDigest: string | null;
  readonly responseDigest: string | null;
  readonly responseBytes: number | null;
  readonly approvalId: string | null;
  readonly obligations: readonly string[];
}

export const noObligations: readonly string[] = Object.freeze([]);

const nothing: Outcome = {
  kind: "refused",
  status: null,
  code: null,
  upstreamStatus: null,
  forwardedDigest: null,
  responseDigest: null,
  responseBytes: null,
  approvalId: null,
  obligations: noObligations,
};

/** An outcome from what is known; the rest is null. */
export function outcome(known: Partial<Outcome> & Pick<Outcome, "kind">): Outcome {
  return { ...nothing, ...known };
}
