import type { RiskSettings } from "../../gateway/domain/risk.ts";

const minute = 60_000;

/** Every signal is looked for. */
export function riskSettings(changes: Partial<RiskSettings> = {}): RiskSettings {
  return {
    thresholds: [0.6, 0.9],
    new_destination: { weight: 0.25, halfLifeMs: 10 * minute, calls: 2 },
    burst: { weight: 0.3, halfLifeMs: 5 * minute, calls: 10, perMs: minute },
    denied_streak: { weight: 0.4, halfLifeMs: 10 * minute, calls: 4 },
    unusual_hour: { weight: 0.15, halfLifeMs: 60 * minute, days: 3 },
    purpose_drift: { weight: 0.3, halfLifeMs: 30 * minute },
    label_combination: { weight: 0.2, halfLifeMs: 10 * minute, combinations: [["read:private", "read:untrusted"]] },
    outside_event: { weight: 0.9, halfLifeMs: 60 * minute },
    ...changes,
  };
}

/** None is looked for but these. */
export function onlySignals(changes: Partial<RiskSettings>): RiskSettings {
  const { thresholds, ...all } = riskSettings();
  const none = Object.fromEntries(Object.keys(all).map((name) => [name, null])) as unknown as typeof all;
  return { thresholds, ...none, ...changes };
}
