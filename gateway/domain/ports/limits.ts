import type { Outcome } from "../decision-record.ts";
import type { EvaluatedCall } from "../exchange.ts";
import type { Measure } from "../limit.ts";

/** What of a call's limits is taken before anything is used up or sent. */
export interface CallLimits {
  /**
   * Everything that limits this call, or nothing of it; null when nothing does. What is taken must be ended, exactly once.
   * @throws Refusal limit_exceeded, limit_too_small, loop_detected, price_unknown, upstream_suspended, obligation_failed
   */
  take(evaluated: EvaluatedCall): LimitsTaken | null | Promise<LimitsTaken | null>;
}

export interface LimitsTaken {
  /** Whether the call is counted as under way: then `leave` says when it is so no more. */
  readonly isUnderWay: boolean;
  /** The call has ended; null when it was refused and nothing of it had left. What did not leave counts for nothing. */
  ended(outcome: Outcome | null): void;
  /** The tool server is done with the call. */
  leave(): void;
}

/** What a call takes from one count. */
export interface CountAsk {
  /** Names the count. */
  readonly key: string;
  /** Whom its place in memory is charged to. */
  readonly asker: string;
  readonly measure: Measure;
  /** One call, or what it costs in the unit of `spend`. */
  readonly amount: bigint;
}

export interface CountsTaken {
  /** The call has ended: calls under way are one less. */
  end(): void;
  /** Nothing of the call has left: as if nothing had been taken. Instead of `end`. */
  giveBack(): void;
}

/** The first count that has no room. */
export interface CountFull {
  /** Index of the ask. */
  readonly full: number;
  /** Until there is room if nothing else is taken; null when nobody can tell. */
  readonly retryAfterMs: number | null;
}

/** Where counts are kept: in the memory of the process, or in a store that several processes share. All that is asked for is one step. */
export interface LimitCounts {
  take(asks: readonly CountAsk[]): CountsTaken | CountFull | Promise<CountsTaken | CountFull>;
}

/** What a call has taken from counts in a store. */
export interface StoredTake {
  readonly asks: readonly CountAsk[];
  /** For each ask: where in its count it is. */
  readonly slots: readonly string[];
}

/** Counts of rates and spending that several processes share; it has a clock of its own. */
export interface LimitCountStore {
  /**
   * Gives back, and then takes what each wish asks for: all of it, or nothing. A wish asks each count once, and at most for what it
   * can hold. It is counted when this resolves.
   * @throws Refusal store_unavailable when it may be counted; anything else when nothing of it is
   */
  count(back: readonly StoredTake[], wishes: readonly (readonly CountAsk[])[]): Promise<(StoredTake | CountFull)[]>;
  /** Removes counts that are empty by now. */
  purge(): Promise<void>;
}

/** How calls to a tool server are now. */
export interface BreakerState {
  /** Name of the limit. */
  readonly limit: string;
  readonly origin: string;
  readonly state: "closed" | "open" | "half-open";
  /** When it opened last, in milliseconds since the epoch; null when it never did. */
  readonly opened: number | null;
  /** In its window now. */
  readonly calls: number;
  readonly failures: number;
}
