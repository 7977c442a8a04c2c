import type { EndedEverywhere } from "./ports.ts";
import type { Revocation, RevocationTarget } from "./revocation.ts";

/**
 * Access that somebody ended or gave back, as the decision log has it. revoked: it ended. lifted: somebody gave it back. lapsed:
 * a revocation with an end has ended by itself. disconnected: agents can no longer use the account that a person had connected.
 */
export interface AccessRecord {
  readonly kind: "access";
  readonly seq: number;
  readonly timestamp: string;
  /** Milliseconds since the process started; does not jump with the wall clock. */
  readonly monotonic_ms: number;
  readonly labels: { readonly instance: string; readonly environment: string };
  readonly action: AccessNote["action"];
  /** Of the revocation, or of the connection. */
  readonly id: string;
  readonly target: RevocationTarget | ConnectionTarget;
  /** Who did it; of a lapse, whoever revoked. */
  readonly by: string;
  readonly reason: string;
  /** When it ends by itself (RFC 3339); null when it does not. */
  readonly until: string | null;
  /** What it has ended; null when access was given back. */
  readonly matched: EndedEverywhere | null;
}

/** Whose connection ended, and to what. */
export interface ConnectionTarget {
  readonly kind: "connection";
  /** What the console calls the person; their account's id once that is gone. */
  readonly person: string;
  /** Name of the credential. */
  readonly credential: string;
}

/** One such record before it is written. */
export type AccessNote = RevocationNote | ConnectionNote;

interface RevocationNote {
  readonly action: "revoked" | "lifted" | "lapsed";
  readonly revocation: Revocation;
  readonly by: string;
  readonly matched: EndedEverywhere | null;
}

interface ConnectionNote extends Pick<AccessRecord, "id" | "by" | "reason" | "matched"> {
  readonly action: "disconnected";
  readonly target: ConnectionTarget;
}
