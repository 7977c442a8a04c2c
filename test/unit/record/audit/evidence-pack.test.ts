import { readFileSync, writeFileSync } from "node:fs";
import { collectEvidence } from "../../../../gateway/record/audit/evidence-pack.ts";
import { TestLog } from "../../../support/record/test-log.ts";

const at = (second: number): string => `2026-11-24T12:00:${String(second).padStart(2, "0")}.000Z`;

test("evidence since a moment is the same however many segments the log has", async () => {
  const found = [];
  for (const segmentBytes of [1e6, 300]) {
    const log = new TestLog();
    const writer = log.writer({ segmentBytes });
    for (let second = 0; second < 20; second += 1) {
      const digest = second < 15 ? "sha256:a" : "sha256:b";
      const bundles = { sallyport: { revision: digest.slice(-1), digest } };
      const judged = { bundles, result: { effect: second % 2 === 0 ? "allow" : "deny" }, rules: ["time/window"] };
      const record = { kind: "decision", decision_id: `d_${second}`, timestamp: at(second), ...judged };
      await new Promise<void>((done) => writer.append(`,${JSON.stringify(record).slice(1, -1)}`, () => done()));
    }
    await writer.close();
    const { policies, decisions } = await collectEvidence(log.log, at(12));
    found.push({ segments: log.names().length > 1, policies, decisions });
    log.remove();
  }
  const expected = {
    policies: [
      { revision: "a", digest: "sha256:a", first: at(12), last: at(14), decisions: 3 },
      { revision: "b", digest: "sha256:b", first: at(15), last: at(19), decisions: 5 },
    ],
    decisions: {
      total: 8,
      by_effect: { allow: 4, deny: 4, hold: 0 },
      by_rule: [{ rule: "time/window", allow: 4, deny: 4, hold: 0 }],
    },
  };
  expect(found).toEqual([
    { segments: false, ...expected },
    { segments: true, ...expected },
  ]);
});

test("a segment is counted up to a record that cannot be made whole, and the pack says so", async () => {
  const log = new TestLog();
  const writer = log.writer();
  for (const second of [1, 2, 3]) {
    const judged = { bundles: {}, result: { effect: "allow" }, rules: [] };
    const record = { kind: "decision", decision_id: `d_${second}`, timestamp: at(second), ...judged };
    await new Promise<void>((done) => writer.append(`,${JSON.stringify(record).slice(1, -1)}`, () => done()));
  }
  await writer.close();
  const whole = readFileSync(log.first, "utf8");
  writeFileSync(log.first, whole.replace('"d_2",', `"d_2","like":["${"x".repeat(43)}"],`));
  const { decisions, unread } = await collectEvidence(log.log, at(0));
  expect(decisions.total).toBe(1);
  expect(unread).toEqual([
    expect.stringMatching(/ has a record that cannot be made whole: record 3 refers to the shared members x+, /),
  ]);
  log.remove();
});
