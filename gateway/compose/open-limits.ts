import type { Config } from "../config/config.ts";
import { pricesOf } from "../domain/lease.ts";
import type { BreakerState, CallLimits, Clock, LimitCountStore, Logger } from "../domain/ports.ts";
import { Breakers } from "../limits/breakers.ts";
import { callLimits } from "../limits/call-limits.ts";
import { CountsInMemory } from "../limits/counts.ts";
import { SharedCounts } from "../limits/shared-counts.ts";
import type { Metrics } from "../record/metrics/metrics.ts";

export interface Limits {
  readonly calls: CallLimits;
  /** How calls to tool servers are now. */
  readonly breakers: () => readonly BreakerState[];
}

export interface LimitsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Where rates and spending are counted; null: in the memory of this process, like everything else. */
  readonly shared: LimitCountStore | null;
}

/** Limits of calls. */
export function openLimits(
  { limits: { limits, breakers: rules } }: Config,
  { clock, logger, metrics, shared }: LimitsDeps,
): Limits {
  const onRefused = metrics.limitReached;
  const breakers = new Breakers({ rules, clock, logger, onRefused });
  metrics.breakers(() => breakers.states());
  const counts = shared === null ? new CountsInMemory(clock) : new SharedCounts(shared, clock);
  return {
    calls: callLimits({
      limits,
      counts,
      breakers,
      prices: ({ facts, call }) => pricesOf(facts.catalog, call),
      onRefused,
    }),
    breakers: () => breakers.states(),
  };
}
