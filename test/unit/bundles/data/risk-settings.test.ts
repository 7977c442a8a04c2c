import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { riskSettings } from "../../../../gateway/bundles/data/risk-settings.ts";
import type { JsonValue } from "../../../../gateway/lib/json.ts";

const of = (risk: JsonValue) => riskSettings({ sallyport: { risk } });
const minute = 60_000;

test("reads the signals of the library's own data", () => {
  const file = new URL("../../../../rego/sallyport/risk/data.yaml", import.meta.url);
  const settings = of(parse(readFileSync(file, "utf8")) as JsonValue);
  expect(Object.values(settings ?? {}).filter((signal) => signal !== null)).toHaveLength(8);
  expect(settings).toMatchObject({
    thresholds: [0.6, 0.9],
    burst: { calls: 120, perMs: minute, halfLifeMs: 5 * minute },
    denied_streak: { calls: 6, halfLifeMs: 10 * minute },
    label_combination: { combinations: [["read:private", "read:untrusted"]] },
  });
});

test.each<[string, JsonValue]>([
  ["there is no document", null],
  ["it names no signals", { thresholds: { raised: 0.5 } }],
  ["it names none", { signals: {} }],
  ["none of them weighs anything", { signals: { burst: { weight: 0, half_life: "5m", calls: 1, per: "1m" } } }],
])("looks for nothing where %s", (_what, risk) => {
  expect(of(risk)).toBeNull();
});

test.each<[string, JsonValue]>([
  ["a weight above one", { weight: 2, half_life: "5m", calls: 1, per: "1m" }],
  ["a text for a weight", { weight: "0.3", half_life: "5m", calls: 1, per: "1m" }],
  ["no number of calls", { weight: 0.3, half_life: "5m", per: "1m" }],
  ["no time", { weight: 0.3, half_life: "5m", calls: 1 }],
])("does not look for a burst with %s", (_what, burst) => {
  expect(of({ signals: { burst, purpose_drift: { weight: 0.3, half_life: "30m" } } })?.burst).toBeNull();
});

test("takes ten minutes for a half-life that cannot be read, and no empty set of labels for a combination", () => {
  const settings = of({
    signals: {
      purpose_drift: { weight: 0.3, half_life: "soon" },
      label_combination: { weight: 0.1, half_life: "1h", combinations: [[], ["a"], "b", [1]] },
    },
  });
  expect(settings?.purpose_drift).toEqual({ weight: 0.3, halfLifeMs: 10 * minute });
  expect(settings?.label_combination?.combinations).toEqual([["a"]]);
});
