import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
    const { policies, decisions } = await collectEvidence(log.log, at(12), (await log.verified(false)).size);
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
  const { size } = await log.verified(false);
  writeFileSync(log.first, whole.replace('"d_2",', `"d_2","like":["${"x".repeat(43)}"],`));
  const { decisions, unread } = await collectEvidence(log.log, at(0), size);
  expect(decisions.total).toBe(1);
  expect(unread).toEqual([
    expect.stringMatching(/ has a record that cannot be made whole: record 3 refers to the shared members x+, /),
  ]);
  log.remove();
});

const judged = {
  bundles: { sallyport: { revision: "r", digest: "sha256:a" } },
  result: { effect: "allow" },
  rules: [],
};

/** What anybody writes who can write the files. */
const forged = (seq: number, more: object = {}) =>
  [
    { kind: "decision", decision_id: "d_forged", timestamp: at(9), ...judged },
    { kind: "receipt", approval_id: "a_forged", timestamp: at(9), jws: "a.b.c", key: {} },
    { kind: "access", timestamp: at(9), action: "revoked", id: "x_forged", target: { kind: "all" } },
  ]
    .map((record, index) => `${JSON.stringify({ seq: seq + index, ...record, ...more })}\n`)
    .join("");

async function logOf(seconds: readonly number[], segmentBytes: number) {
  const log = new TestLog();
  const writer = log.writer({ segmentBytes });
  for (const second of seconds) {
    const record = { kind: "decision", decision_id: `d_${second}`, timestamp: at(second), ...judged };
    await new Promise<void>((done) => writer.append(`,${JSON.stringify(record).slice(1, -1)}`, () => done()));
  }
  await writer.close();
  const { size, log: origin } = await log.verified(false);
  return { log, size, origin };
}

const expectTrue = async (log: TestLog, size: number) => {
  const pack = await collectEvidence(log.log, at(1), size);
  expect(pack).toMatchObject({ unread: [], receipts: [], revocations: [], decisions: { total: 3 } });
  expect(pack.policies).toMatchObject([{ decisions: 3, last: at(3) }]);
  log.remove();
};

test.each([1e6, 300])("lines behind the checkpoint are in no count, in segments of %d bytes", async (segmentBytes) => {
  const { log, size } = await logOf([1, 2, 3], segmentBytes);
  appendFileSync(join(log.log, log.names().at(-1) ?? ""), forged(size + 1));
  expect((await log.verified(true)).uncovered).toBe(3);
  await expectTrue(log, size);
});

test("a segment that somebody has put behind the checkpoint hides none before it, whatever time it says", async () => {
  const { log, size, origin } = await logOf([1, 2, 3], 300);
  const name = "decisions-000099.jsonl";
  const header = { seq: 99, kind: "segment", timestamp: at(0), segment: name, log: origin, leaf: size, why: "full" };
  writeFileSync(join(log.log, name), `${JSON.stringify(header)}\n${forged(100, { timestamp: at(0) })}`);
  expect(await log.verified(true)).toMatchObject({ ok: true, uncovered: 4 });
  await expectTrue(log, size);
});

test("lines of segments without a header are numbered behind those before them", async () => {
  const { log, size } = await logOf([1, 2, 3], 1e6);
  const [header = "", ...records] = readFileSync(log.first, "utf8").split(/(?<=\n)/);
  writeFileSync(log.first, [header, ...records.slice(0, 1)].join(""));
  writeFileSync(join(log.log, "decisions-000002.jsonl"), [...records.slice(1), forged(size + 1)].join(""));
  expect(await log.verified(true)).toMatchObject({ ok: true, uncovered: 3 });
  await expectTrue(log, size);
});
