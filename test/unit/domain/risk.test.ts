import { noRisk, riskDocument, riskFact, RiskOnDemand, type RiskReading } from "../../../gateway/domain/risk.ts";
import { onlySignals, riskSettings } from "../../support/risk.ts";

const now = 1_000_000;
const minute = 60_000;

function reading(changes: Partial<RiskReading> = {}): RiskReading {
  return { name: "burst", strength: 1, evidence: "about 300 calls in 60 s", at: now, ...changes };
}

test("adds up what each signal weighs now, the heaviest first, with its evidence and its age", () => {
  const readings = [
    reading({ name: "unusual_hour", evidence: "no call near 3:00 UTC on 9 days" }),
    reading({ strength: 0.5 }),
    reading({ name: "denied_streak", evidence: "calls denied lately: 4", at: now - 10 * minute }),
  ];
  expect(riskFact(readings, riskSettings(), now)).toEqual({
    score: 0.5,
    signals: [
      { name: "denied_streak", weight: 0.2, evidence: "calls denied lately: 4", ago: 600 },
      { name: "burst", weight: 0.15, evidence: "about 300 calls in 60 s", ago: 0 },
      { name: "unusual_hour", weight: 0.15, evidence: "no call near 3:00 UTC on 9 days", ago: 0 },
    ],
  });
});

test("is never above one, and 0 where there is no signal", () => {
  const outside = Array.from({ length: 3 }, () => reading({ name: "outside_event" }));
  expect(riskFact(outside, riskSettings(), now).score).toBe(1);
  expect(riskFact([], riskSettings(), now)).toEqual({ score: 0, signals: [] });
});

test("lets a signal fade by half in each half-life, and drops what weighs nothing", () => {
  const weightAfter = (ageMs: number): number | undefined =>
    riskFact([reading({ name: "outside_event", at: now - ageMs })], riskSettings(), now).signals[0]?.weight;
  expect([0, 60, 120, 240, 600].map((minutes) => weightAfter(minutes * minute))).toEqual([
    0.9,
    0.45,
    0.23,
    0.06,
    undefined,
  ]);
});

test("leaves out a signal that is not looked for, and takes one from the future as of now", () => {
  expect(riskFact([reading()], onlySignals({}), now).score).toBe(0);
  expect(riskFact([reading({ at: now + minute })], riskSettings(), now).signals).toMatchObject([
    { weight: 0.3, ago: 0 },
  ]);
});

test("is looked for once, when somebody reads it", () => {
  let looks = 0;
  const look = (): readonly RiskReading[] => {
    looks += 1;
    return [reading()];
  };
  const risk = new RiskOnDemand(look, riskSettings(), now);
  expect([risk.isRead, risk.readings, looks]).toEqual([false, [], 0]);
  expect(riskDocument(risk)).toEqual({
    score: 0.3,
    signals: [{ name: "burst", weight: 0.3, evidence: "about 300 calls in 60 s", ago: 0 }],
  });
  expect([risk.isRead, risk.readings.length, risk.score, looks]).toEqual([true, 1, 0.3, 1]);
});

test("has no score for a policy that does not read it", () => {
  expect(riskDocument(noRisk)).toEqual({ score: null, signals: [] });
});
