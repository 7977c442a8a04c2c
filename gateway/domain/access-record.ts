import type { EndedEverywhere } from "./ports.ts";
import type { Revocation, RevocationTarget } from "./revocation.ts";

/**
 * Access that somebody ended or gave back, as the decision log has it. revoked: it ended. lifted: somebody gave it back. lapsed:
 * a revocation with an end has ended by itself.
 */
export interface AccessRecord {
  readonly kind: "access";
  readonly seq: number;
  readonly timestamp: string;
  /** Milliseconds since the process started; does not jump with the wall clock. */
  readonly monotonic_ms: number;
  readonly labels: { readonly instance: string; readonly environment: string };
  readonly action: AccessNote["action"];
  /** Of the revocation. */
  readonly id: string;
  readonly target: RevocationTarget;
  /** Who did it; of a lapse, whoever revoked. */
  readonly by: string;
  readonly reason: string;
  /** When it ends by itself (RFC 3339); null when it does not. */
  readonly until: string | null;
  /** What it has ended; null when access was given back. */
  readonly matched: EndedEverywhere | null;
}

/** One such record before it is written. */
export interface AccessNote {
  readonly action: "revoked" | "lifted" | "lapsed";
  readonly revocation: Revocation;
  readonly by: string;
  readonly matched: EndedEverywhere | null;
}
