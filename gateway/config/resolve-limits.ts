import type { BreakerRule, LimitSettings, Measure } from "../domain/limit.ts";
import { decimal } from "../lib/decimal.ts";
import type { LimitValues } from "./draft.ts";

/** Checked limits of the file as the other modules know them. */
export function resolveLimitSettings(values: readonly LimitValues[]): LimitSettings {
  return {
    limits: values.flatMap((limit) => {
      const { name, tools, routes, by = "all" } = limit;
      const measure = measureOf(limit);
      return measure === null ? [] : [{ name, by: typeof by === "string" ? [by] : by, measure, tools, routes }];
    }),
    breakers: values.flatMap((limit) => breakerOf(limit)),
  };
}

function measureOf({ rate, concurrent, spend, loop }: LimitValues): Measure | null {
  if (rate !== undefined) return { kind: "rate", max: rate.max, perMs: rate.per, burst: rate.burst ?? null };
  if (concurrent !== undefined) return { kind: "concurrent", max: concurrent };
  if (loop !== undefined) return { kind: "loop", max: loop.max, perMs: loop.per };
  if (spend === undefined) return null;
  return { kind: "spend", unit: spend.unit, max: decimal(spend.max) ?? 0n, perMs: spend.per };
}

function breakerOf({ name, routes, breaker }: LimitValues): BreakerRule[] {
  if (breaker === undefined) return [];
  const { failures, calls, within, open, statuses } = breaker;
  return [{ name, routes, failures, calls, withinMs: within, openMs: open, statuses: new Set(statuses) }];
}
