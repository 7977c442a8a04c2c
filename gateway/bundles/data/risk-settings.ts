import { parseWindow } from "../../domain/limit.ts";
import type { RiskSettings } from "../../domain/risk.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";

/** `data.sallyport.risk`; a signal that is absent, malformed or of no weight is not looked for. Null when none is left. */
export function riskSettings(data: JsonObject): RiskSettings | null {
  const risk = member(member(data, "sallyport"), "risk");
  const signals = member(risk, "signals");
  if (signals === null) return null;
  const looked: Omit<RiskSettings, "thresholds"> = {
    new_destination: weighed(member(signals, "new_destination"), (of) => numbers(of, "calls")),
    burst: weighed(member(signals, "burst"), (of) => {
      const [calls, perMs] = [numbers(of, "calls"), time(of["per"])];
      return calls === null || calls.calls < 1 || perMs === null ? null : { ...calls, perMs };
    }),
    denied_streak: weighed(member(signals, "denied_streak"), (of) => numbers(of, "calls")),
    unusual_hour: weighed(member(signals, "unusual_hour"), (of) => numbers(of, "days")),
    purpose_drift: weighed(member(signals, "purpose_drift"), () => ({})),
    label_combination: weighed(member(signals, "label_combination"), (of) => ({
      combinations: combinationsOf(of["combinations"]),
    })),
    outside_event: weighed(member(signals, "outside_event"), () => ({})),
  };
  if (Object.values(looked).every((signal) => signal === null)) return null;
  return { ...looked, thresholds: thresholdsOf(member(risk, "thresholds")) };
}

/** Half of it is left after this time where none is stated. */
const usualHalfLifeMs = 600_000;

function weighed<More extends object>(signal: JsonObject | null, more: (of: JsonObject) => More | null) {
  const weight = signal?.["weight"];
  if (signal === null || typeof weight !== "number" || weight <= 0 || weight > 1) return null;
  const rest = more(signal);
  return rest === null ? null : { weight, halfLifeMs: time(signal["half_life"]) ?? usualHalfLifeMs, ...rest };
}

function numbers<Name extends string>(of: JsonObject, name: Name): Readonly<Record<Name, number>> | null {
  const value = of[name];
  return typeof value === "number" && value >= 0 ? ({ [name]: value } as Record<Name, number>) : null;
}

function thresholdsOf(named: JsonObject | null): readonly number[] {
  return Object.values(named ?? {})
    .filter((value) => typeof value === "number")
    .toSorted((a, b) => a - b);
}

function time(value: JsonValue | undefined): number | null {
  return typeof value === "string" ? parseWindow(value) : null;
}

/** Sets of labels; an empty one would be had by every session. */
function combinationsOf(value: JsonValue | undefined): readonly (readonly string[])[] {
  const all = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  return all.flatMap((one) => {
    const labels = Array.isArray(one) ? (one as readonly JsonValue[]).filter((label) => typeof label === "string") : [];
    return labels.length === 0 ? [] : [labels];
  });
}

function member(of: JsonObject | null, name: string): JsonObject | null {
  const value = of !== null && Object.hasOwn(of, name) ? of[name] : undefined;
  return value !== undefined && isJsonObject(value) ? value : null;
}
