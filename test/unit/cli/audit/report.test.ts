import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { report } from "../../../../gateway/cli/audit/report.ts";
import { receiptKey } from "../../../../gateway/approvals/receipts.ts";
import { openSigningKey } from "../../../../gateway/approvals/signing-key.ts";
import { receiptJournal } from "../../../../gateway/record/receipt-journal.ts";
import { TestClock } from "../../../support/builders.ts";
import { quiet } from "../../../support/quiet.ts";
import { TestLog } from "../../../support/record/test-log.ts";
import { expectExamples, inProcess } from "../run.ts";

const clock = new TestClock();
const since = new Date(clock.now()).toISOString();
const at = (seconds: number): string => new Date(clock.now() + seconds * 1_000).toISOString();
const vote = { approver: "dana", account: null, vote: "approve", reason: null, at: at(1), method: "password" };

let log: TestLog;
let out: string;

function decided(id: string, effect: string, rules: readonly string[], timestamp: string) {
  const bundles = { sallyport: { revision: "r1", digest: "sha256:b1" } };
  return { kind: "decision", decision_id: id, timestamp, bundles, result: { effect }, rules };
}

/** Decisions before and within the time, two receipts of which one is forged, and a revocation with markup in its reason. */
beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), "sallyport-report-"));
  log = new TestLog();
  const writer = log.writer();
  const append = (record: object) =>
    new Promise<void>((done) => writer.append(`,${JSON.stringify(record).slice(1, -1)}`, () => done()));
  await append(decided("d_old", "deny", ["time/window"], at(-60)));
  await append(decided("d_1", "hold", ["amounts/two_people", "time/window", "time/window"], at(1)));
  await append(decided("d_2", "deny", ["time/window"], at(2)));
  await append(decided("d_3", "allow", [], at(3)));
  const key = receiptKey(openSigningKey(join(log.dir, "receipts.pem")));
  const sign = (approval: string) =>
    key.sign({ approval, state: "approved", tool: "payments/create_refund", votes: [vote] });
  const note = receiptJournal({ writer, clock, logger: quiet });
  note("a_7", sign("a_7"), key.publicKeys.keys[0]);
  const reason = "<script>alert(1)</script>";
  const revoked = {
    action: "revoked",
    id: "x_1",
    target: { kind: "all" },
    by: "dana",
    reason,
    until: null,
    matched: null,
  };
  await append({ kind: "access", timestamp: at(4), ...revoked });
  await writer.close();
});
afterAll(() => {
  log.remove();
  rmSync(out, { recursive: true });
});

const reported = async (...more: readonly string[]) => {
  const { code, stdout, stderr } = await inProcess([
    ...["audit", "report", "--dir", log.log, "--since", since, "--out", out],
    ...more,
  ]);
  const made = JSON.parse(readFileSync(join(out, "report.json"), "utf8")) as Record<string, unknown>;
  return { code, stdout, stderr, made, page: readFileSync(join(out, "report.html"), "utf8") };
};

test("a report has policies, decisions by rule, approvals with receipts, revocations and the log, since the moment", async () => {
  const { code, stdout, made } = await reported();
  expect([code, stdout]).toEqual([0, expect.stringContaining("decisions   3: 1 allow, 1 deny, 1 hold; 3 rules")]);
  expect(made).toMatchObject({
    ok: true,
    since,
    policies: [{ revision: "r1", digest: "sha256:b1", first: at(1), last: at(3), decisions: 3 }],
    decisions: {
      total: 3,
      by_rule: [
        { rule: "time/window", allow: 0, deny: 1, hold: 1 },
        { rule: "amounts/two_people", allow: 0, deny: 0, hold: 1 },
        { rule: "(none)", allow: 1, deny: 0, hold: 0 },
      ],
    },
    approvals: [{ approval: "a_7", receipts: [{ problem: null, claims: { state: "approved", votes: [vote] } }] }],
    revocations: [{ action: "revoked", by: "dana", timestamp: at(4) }],
    log: { ok: true, decisions: 4, receipts: 1 },
    keys: [expect.stringContaining("+")],
    checkpoint: expect.stringContaining("example.com/gw-1"),
  });
});

test("its page shows the same, and what people wrote is text on it", async () => {
  const { page } = await reported();
  for (const text of [
    "sha256:b1",
    "amounts/two_people",
    "a_7",
    "approve: dana",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
  ])
    expect(page).toContain(text);
  expect(page).not.toContain("<script");
});

test("a log or a receipt that does not hold is told in the report, with exit code 1, and its claims are not", async () => {
  const text = readFileSync(log.first, "utf8");
  writeFileSync(log.first, text.replace('"approval_id":"a_7"', '"approval_id":"a_8"'));
  const { code, made, page } = await reported();
  writeFileSync(log.first, text);
  expect(code).toBe(1);
  expect(made).toMatchObject({
    ok: false,
    approvals: [{ approval: "a_8", receipts: [{ problem: "its receipt is of the approval a_7", claims: null }] }],
    log: { ok: false },
  });
  expect(page).toContain("The log does not hold.");
});

test("what is behind the newest checkpoint is in no part of the report, and its lines are told", async () => {
  const text = readFileSync(log.first, "utf8");
  const receipt = text.split("\n").find((line) => line.includes('"kind":"receipt"')) ?? "";
  const lines = [
    { seq: 90, ...decided("d_forged", "allow", ["forged/rule"], at(5)) },
    { ...(JSON.parse(receipt) as object), seq: 91, approval_id: "a_forged" },
  ];
  appendFileSync(log.first, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const { code, stdout, made, page } = await reported("--live");
  writeFileSync(log.first, text);
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining("not proven  lines behind the newest checkpoint: 2; nothing proves who wrote them"),
  ]);
  expect(made).toMatchObject({ ok: true, decisions: { total: 3 }, log: { uncovered: 2 } });
  expect(JSON.stringify(made)).not.toMatch(/forged/);
  expect(page).toContain("Not proven: lines behind the newest checkpoint: 2;");
  expect(page).not.toMatch(/forged/);
});

test("a receipt whose key is in the record alone holds by no keys that are given, and the report says by which it was checked", async () => {
  const keys = join(out, "keys.json");
  const other = receiptKey(openSigningKey(join(log.dir, "other.pem")));
  writeFileSync(keys, JSON.stringify(other.publicKeys));
  const { code, made, page } = await reported("--approval-keys", keys);
  expect(code).toBe(1);
  expect(made).toMatchObject({
    ok: false,
    receipt_keys: "given",
    approvals: [{ receipts: [{ problem: expect.stringMatching(/^no key .* is in the key set$/), claims: null }] }],
  });
  expect(page).toContain("The log does not hold.");
  const own = await reported();
  expect(own).toMatchObject({ code: 0, made: { ok: true, receipt_keys: "of the records" } });
  expect(own.page).toContain("Receipts: checked with the key that each names, which is as good as the log");
});

test("a folder without a log is refused", async () => {
  expect(await inProcess(["audit", "report", "--dir", out, "--out", out])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("has no checkpoint"),
  });
});

test("its help has its examples", () => expectExamples("audit", [report]));
