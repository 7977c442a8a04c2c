import type { ErrorCode } from "./errors.ts";
import type { OutcomeKind } from "./decision-record.ts";

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
