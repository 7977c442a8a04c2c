import type { CallLimits, Clock } from "../../gateway/domain/ports.ts";
import type { BreakerRule, ConfiguredLimit } from "../../gateway/domain/limit.ts";
import { Breakers } from "../../gateway/limits/breakers.ts";
import { callLimits, type CallLimitsDeps } from "../../gateway/limits/call-limits.ts";
import { CountsInMemory } from "../../gateway/limits/counts.ts";
import { TestClock } from "./builders.ts";

export const noLimits: CallLimits = { take: () => null };

export interface TestLimitsOptions extends Partial<Omit<CallLimitsDeps, "limits" | "breakers">> {
  readonly clock?: Clock;
  readonly breakers?: readonly BreakerRule[];
  /** Of counts in memory. */
  readonly capacity?: number;
}

/** Real limits in memory, on a clock of the test. */
export function testLimits(
  limits: readonly Partial<ConfiguredLimit>[] = [],
  { clock = new TestClock(), breakers: rules = [], capacity, ...given }: TestLimitsOptions = {},
) {
  const refused: string[] = [];
  const logged: string[] = [];
  const log = (message: string): void => void logged.push(message);
  const logger = { debug: log, info: log, warn: log, error: log };
  const onRefused = (limit: string): void => void refused.push(limit);
  const breakers = new Breakers({ rules, clock, logger, onRefused });
  const calls = callLimits({
    limits: limits.map((limit) => testLimit(limit)),
    counts: new CountsInMemory(clock, capacity),
    prices: () => new Map(),
    ...given,
    breakers,
    onRefused,
  });
  return { calls, breakers, refused, logged, clock };
}

export function testLimit(changes: Partial<ConfiguredLimit> = {}): ConfiguredLimit {
  return {
    name: "calls",
    by: ["subject"],
    measure: { kind: "rate", max: 2, perMs: 60_000, burst: null },
    tools: [],
    routes: [],
    ...changes,
  };
}
