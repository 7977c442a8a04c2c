import type { JsonValue } from "../lib/json.ts";
import type { Effect, Obligation, Reason } from "./decision.ts";
import type { ErrorCode } from "./errors.ts";
import type { ArgumentsRedacted } from "./exchange.ts";
import type { LeaseChange } from "./lease.ts";
import type { ResultSummary } from "./result.ts";
import type { EndedBy } from "./revocation.ts";

/**
 * One decision, written before it is carried out. Field names follow OPA's decision log event (decision_id, labels,
 * bundles, path, input, result, timestamp, metrics, erased, masked, trace_id); the rest is specific to the gateway.
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
  /** The policy input without the masked values; null when none was built. */
  readonly input: JsonValue;
  readonly erased: readonly string[];
  readonly masked: readonly string[];
  /**
   * Digest and length in bytes of the arguments' JSON text, without what is masked; absent where the input has them. Without the digest where
   * the policy masks by itself.
   */
  readonly arguments?: { readonly digest?: string; readonly bytes: number };
  /** The policy's `system.log.drop` said so: what is left says who did what, when, and what was decided. */
  readonly dropped?: true;
  /** The policy's rules about the log gave no usable answer: as much is left as of a dropped one. */
  readonly mask_failed?: true;
  /**
   * Number of consecutive refusals of this caller, including this one; absent for the first. From the eleventh on no
   * input is kept.
   */
  readonly refused_in_a_row?: number;
  /** What the request adds to the text of a task, as digest and length of the whole; absent when it adds nothing. */
  readonly task_text?: { readonly digest: string; readonly bytes: number };
  /** What the request does to a task, opened, closed or given a token for; absent when it does nothing to one. */
  readonly task_change?: LeaseChange;
  readonly result: {
    readonly effect: Effect;
    readonly reasons: readonly Reason[];
    readonly obligations: readonly Obligation[];
    readonly doubt: string | null;
    readonly detail: string | null;
  };
  readonly rules: readonly string[];
  /** Of the request that was judged last, which is the one that may be sent. */
  readonly judged_digest: string | null;
  /** Present when an obligation changed the call: `input` and `result` are those of the changed call. */
  readonly redacted?: ArgumentsRedacted;
  readonly approval_id: string | null;
  readonly metrics: { readonly fuel: number | null; readonly evaluation_us: number | null };
}

/** The outcome of a decision. A decision without one means that the process crashed, and is reported as such. */
export interface OutcomeRecord {
  readonly kind: "outcome";
  readonly seq: number;
  readonly decision_id: string;
  readonly timestamp: string;
  readonly monotonic_ms: number;
  readonly outcome: OutcomeKind;
  /** HTTP status of the answer to the caller. */
  readonly status: number | null;
  readonly code: string | null;
  /** Why an answer, or the first of several, could not be read (`result_unreadable`), without any text of it; absent for every other. */
  readonly detail?: string;
  readonly upstream_status: number | null;
  readonly forwarded_digest: string | null;
  /** Of what the tool server answered; null when nothing came. Absent where it was left out: then the next member says why. */
  readonly response_digest?: string | null;
  readonly response_digest_omitted?: DigestOmitted;
  readonly response_bytes: number | null;
  readonly approval_id: string | null;
  readonly obligations: readonly string[];
  /** What policy made of the answer; absent where no rule was asked. */
  readonly result?: ResultSummary;
  /** What ended the call before its time; absent for every other. */
  readonly ended_by?: EndedBy;
  /** What the call carried upstream; absent when it was nothing. */
  readonly credentials?: CredentialUse;
  readonly duration_ms: number;
}

/**
 * forwarded: the upstream answered. withheld: the upstream answered, now or when its kept result was made, and the caller did not get the answer. refused: nothing was sent. held: waiting for people. resumed: people answered while
 * the caller waited; a further decision follows. answered: the gateway answered by itself, or answered another
 * enforcement point; nothing was sent. replayed: the caller repeated an approved call and got the kept result; nothing
 * was sent. failed: the upstream failed. unknown: sent, and how it ended is not known. abandoned: the caller left.
 * aborted: access ended while it was under way, see `ended_by`; what was sent may have been executed.
 */
export type OutcomeKind =
  | "forwarded"
  | "withheld"
  | "refused"
  | "held"
  | "resumed"
  | "replayed"
  | "answered"
  | "failed"
  | "unknown"
  | "abandoned"
  | "aborted";

/**
 * Of which answers a digest is recorded (`record.answer_digest`). whole: of all but event streams that pass event by event and that no rule
 * reads.
 */
export type AnswerDigests = "always" | "whole" | "off";

/** event_stream: it passed event by event, and no rule read it. off: no digests of answers are recorded. */
export type DigestOmitted = "event_stream" | "off";

/** The result of carrying out a decision; becomes the outcome record. */
export interface Outcome {
  readonly kind: OutcomeKind;
  readonly status: number | null;
  readonly code: ErrorCode | null;
  /** Why the answer, or the first of several, could not be read; absent for every other. */
  readonly detail?: string;
  readonly upstreamStatus: number | null;
  readonly forwardedDigest: string | null;
  /** Null when nothing came, and where it was left out. */
  readonly responseDigest: string | null;
  /** Why something came and has no digest; absent for every other. */
  readonly digestOmitted?: DigestOmitted;
  readonly responseBytes: number | null;
  readonly approvalId: string | null;
  readonly obligations: readonly string[];
  /** Null where no rule was asked about the answer. */
  readonly result: ResultSummary | null;
  /** What ended it before its time; absent for most. */
  readonly endedBy?: EndedBy;
  /** Null for a call that carried none. */
  readonly credentials: CredentialUse | null;
}

/** The credentials that a call carried. Its names are those of the record. */
export interface CredentialUse {
  readonly names: readonly string[];
  /** Places of the answer in which one of them stood, and was removed: the tool server sends secrets back. */
  readonly removed: number;
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
  result: null,
  credentials: null,
};

/** An outcome with the given fields; the others are null. */
export function outcome(known: Partial<Outcome> & Pick<Outcome, "kind">): Outcome {
  return { ...nothing, ...known };
}

/** Bytes of the call may have left the gateway: then it counts in limits and tasks, whatever came back. */
export function hasLeft({ kind, forwardedDigest }: Outcome): boolean {
  return forwardedDigest !== null || kind === "forwarded" || kind === "withheld" || kind === "unknown";
}
