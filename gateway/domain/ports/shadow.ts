import type { Compared, Counted } from "../policy-change.ts";
import type { PolicyStatus } from "./policy.ts";

/** Why a decision was not judged by the candidate of `policy.shadow`. */
export interface LeftOut {
  /** As many calls waited as may. */
  readonly queue: number;
  /** There was no candidate, or it or the active policy was replaced meanwhile. */
  readonly policy: number;
  /** The thread that judges had ended. */
  readonly thread: number;
}

/** What a candidate says of live calls, since it and the active policy are what they are now. The examples are the latest. */
export interface ShadowReport extends Compared {
  /** Of the candidate. */
  readonly status: PolicyStatus;
  /** Revision of the active policy; null: none is. */
  readonly against: string | null;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly notCompared: {
    readonly total: number;
    /** The gateway refused by itself: a token, a limit, an approval that was used up. */
    readonly gateway: number;
    /** By a place of the input that the candidate reads, and that nobody had looked up or that was made from other facts. */
    readonly places: readonly Counted[];
  };
  readonly leftOut: LeftOut;
  /** Handed over and not judged yet. */
  readonly waiting: number;
}

/** A candidate that is judged beside the active policy. */
export interface PolicyShadow {
  report(): ShadowReport;
}

/** What became of one decision that was to be judged by the candidate. */
export type ShadowResult = "same" | "changed" | "gateway" | "unknown" | keyof LeftOut;

/** The console's answer. `shadow`: null: the configuration names none. */
export interface ShadowAnswer {
  readonly shadow: ShadowReport | null;
  readonly now: number;
}
