import type { Difference } from "../../domain/policy-change.ts";
import type { PolicyStatus } from "../../domain/ports.ts";
import type { Verdict } from "../verdict.ts";

/** A decision as the thread gets it. */
export interface ShadowCall {
  readonly id: string;
  /** JSON text of the input, as far as the active policy has read it. */
  readonly text: string;
  /** JSON pointers into it to what is not there. */
  readonly leftOut: readonly string[];
  /** ISO 8601. */
  readonly at: string;
  readonly tool: string;
  readonly subject: string;
  /** What the active policy said. */
  readonly said: Verdict;
  /** Of the active policy. */
  readonly revision: string;
}

export type ToShadow = { readonly kind: "calls"; readonly calls: readonly ShadowCall[] } | { readonly kind: "stop" };

/** What became of one call, in the order of the calls. */
export interface Judged {
  /** Of the active policy that judged the call. */
  readonly against: string;
  /** Of the candidate; null: there is none. */
  readonly candidate: string | null;
  /** Null when both say the same, or nothing is known. */
  readonly difference: Difference | null;
  /** Places that the candidate reads and that are not known; empty when it was compared. */
  readonly unknown: readonly string[];
  readonly asRecorded: readonly string[];
}

export type ShadowLevel = "info" | "warn" | "error";

export type FromShadow =
  | { readonly kind: "status"; readonly status: PolicyStatus }
  | { readonly kind: "judged"; readonly judged: readonly Judged[] }
  | {
      readonly kind: "log";
      readonly level: ShadowLevel;
      readonly message: string;
      readonly fields: Record<string, unknown>;
    };
