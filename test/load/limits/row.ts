import type { Spread } from "../statistics.ts";

export interface Row {
  readonly what: string;
  /** µs of CPU time a call; null: none is set. */
  readonly goal_us: number | null;
  readonly us: Spread;
}
