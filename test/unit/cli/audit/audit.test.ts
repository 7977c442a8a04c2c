import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prove } from "../../../../gateway/cli/audit/prove.ts";
import { rotateKey } from "../../../../gateway/cli/audit/rotate-key.ts";
import { verify } from "../../../../gateway/cli/audit/verify.ts";
import { verifyProofs } from "../../../../gateway/cli/audit/verify-proof.ts";
import { receiptKey } from "../../../../gateway/approvals/receipts.ts";
import { openSigningKey } from "../../../../gateway/approvals/signing-key.ts";
import { COSIGNATURE, noteKey } from "../../../../gateway/lib/tlog/note.ts";
import { receiptJournal } from "../../../../gateway/record/receipt-journal.ts";
import { TestClock } from "../../../support/builders.ts";
import { quiet } from "../../../support/quiet.ts";
import { TestLog, write } from "../../../support/record/test-log.ts";
import { expectExamples, inProcess } from "../run.ts";

let log: TestLog;
let vkey: string;
let out: string;

/** Two decisions, one of them of an approval with a receipt. */
beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), "sallyport-audit-"));
  log = new TestLog();
  const writer = log.writer();
  const append = (record: object) =>
    new Promise<void>((done) => writer.append(`,${JSON.stringify(record).slice(1, -1)}`, () => done()));
  await write(writer, 1);
  await append({ kind: "decision", decision_id: "d_approved", approval_id: "a_7" });
  const key = receiptKey(openSigningKey(join(log.dir, "receipts.pem")));
  const jws = key.sign({ approval: "a_7", action_digest: "sha256:x", votes: [] });
  const clock = new TestClock();
  receiptJournal({ writer, clock, logger: quiet })("a_7", jws, key.publicKeys.keys[0]);
  await append({ kind: "outcome", decision_id: "d_approved", approval_id: "a_7", outcome: "forwarded" });
  await writer.close();
  writeFileSync(join(out, "approval-keys.json"), JSON.stringify(key.publicKeys));
  vkey = readFileSync(join(log.log, "tlog", "keys"), "utf8").split("\n")[2] ?? "";
});
afterAll(() => {
  log.remove();
  rmSync(out, { recursive: true });
});

test("a whole log is said to hold, with what was verified, and a changed one not, with what and where", async () => {
  const whole = await inProcess(["audit", "verify", log.log, "--key", vkey, "--json"]);
  expect(whole.code).toBe(0);
  expect(JSON.parse(whole.stdout)).toMatchObject({
    ok: true,
    keys: "given",
    size: 5,
    lines: 5,
    decisions: 2,
    unfinished: 1,
    receipts: 1,
    problems: [],
  });
  const text = readFileSync(log.first, "utf8");
  writeFileSync(log.first, text.replace("a_7", "a_8"));
  const changed = await inProcess(["audit", "verify", log.log]);
  writeFileSync(log.first, text);
  expect(changed).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("line: decisions-000001.jsonl: line 3 is not"),
  });
  expect(changed.stdout).toContain("keys        those that the log names");
});

test("without a folder the log of the configuration is verified", async () => {
  const config = join(out, "sallyport.yaml");
  const others = "issuers: [{ id: dev, development: true }]\npolicy: { sources: [library] }";
  writeFileSync(config, `version: 1\ndata_dir: ${JSON.stringify(log.dir)}\n${others}\n`);
  const done = await inProcess(["audit", "verify", "-c", config, "--key", vkey, "--json"]);
  expect(done.code).toBe(0);
  expect(JSON.parse(done.stdout)).toMatchObject({ ok: true, size: 5 });
});

test("another key, a folder without a log and what is no key are told apart", async () => {
  const other = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
  expect((await inProcess(["audit", "verify", log.log, "--key", other])).stdout).toContain("signed by no trusted key");
  expect(await inProcess(["audit", "verify", out])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("has no checkpoint"),
  });
  expect(await inProcess(["audit", "verify", join(out, "nope")])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/there is no .*nope; name the folder of a decision log/),
  });
  expect(await inProcess(["audit", "verify", log.log, "--key", "x"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("is no verifier key"),
  });
});

test.each([
  ["verify", "--key", []],
  ["verify", "--witness", []],
  ["report", "--key", ["--dir"]],
  ["witness", "--log", ["--name", "witness.example.com"]],
])("a file without a key ends audit %s %s, and does not leave the check out", async (verb, option, before) => {
  const file = join(out, "empty.vkey");
  writeFileSync(file, " \n\n");
  const folder = verb === "witness" ? join(out, "witness") : log.log;
  expect(await inProcess(["audit", verb, ...before, folder, option, file])).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining(`There is no key in ${file}.`),
  });
  expect(existsSync(join(out, "witness"))).toBe(false);
});

test("a file with the keys of two witnesses is refused", async () => {
  const file = join(out, "two.vkey");
  const made = ["one", "two"].map((name) => noteKey(name, generateKeyPairSync("ed25519").publicKey, COSIGNATURE).vkey);
  writeFileSync(file, made.join("\n"));
  expect(await inProcess(["audit", "verify", log.log, "--witness", file])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${file} has 2 keys; give that of one witness.`),
  });
});

test("an action is proved with the receipt of its approval, offline, and a changed proof does not hold", async () => {
  const made = await inProcess(["audit", "prove", "d_approved", "--dir", log.log, "--out", out, "--json"]);
  expect(made.code).toBe(0);
  const names = readdirSync(out).filter((name) => name.endsWith(".tlog-proof"));
  expect(names).toEqual(["decision.tlog-proof", "outcome.tlog-proof", "receipt.tlog-proof"]);
  const files = names.map((name) => join(out, name));
  const keys = ["--key", join(out, "log.vkey"), "--approval-keys", join(out, "approval-keys.json")];
  const holds = await inProcess(["audit", "verify-proof", ...files, ...keys, "--json"]);
  expect([holds.code, JSON.parse(holds.stdout)]).toMatchObject([
    ...[0, { ok: true, proofs: [{ index: 2, record: { decision_id: "d_approved" } }, { index: 4 }, { index: 3 }] }],
  ]);
  const [decision = ""] = files;
  const forged = readFileSync(decision, "utf8").replace(
    /^extra .*$/m,
    `extra ${Buffer.from('{"seq":9}').toString("base64")}`,
  );
  writeFileSync(decision, forged);
  const changed = await inProcess(["audit", "verify-proof", ...files, ...keys]);
  expect(changed).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(
      /its line is not in the tree of its checkpoint[\s\S]*\nThis proves nothing: 1 of 3 does not hold, 2 of 3 belong to none of the decisions given\.\n$/,
    ),
  });
});

test("who decided about which call is told of a receipt, by which key it holds, and that an allowed call has no outcome among the proofs", async () => {
  const other = new TestLog();
  const writer = other.writer();
  const append = (record: object) =>
    new Promise<void>((done) => writer.append(`,${JSON.stringify(record).slice(1, -1)}`, () => done()));
  const ids = { decision_id: "d_2", approval_id: "a_8" };
  await append({ kind: "decision", ...ids, result: { effect: "allow" } });
  const key = receiptKey(openSigningKey(join(log.dir, "receipts.pem")));
  const vote = {
    approver: "dana",
    vote: "approve",
    method: "password",
    at: "2026-11-24T12:00:00.000Z",
    reason: "it\nis",
  };
  const facts = { approval: "a_8", state: "approved", tool: "payments/create_refund", action_digest: "sha256:y" };
  const jws = key.sign({ iss: "gw-1", iat: 1_795_521_600, ...facts, votes: [vote] });
  receiptJournal({ writer, clock: new TestClock(), logger: quiet })("a_8", jws, key.publicKeys.keys[0]);
  await append({ kind: "outcome", ...ids, outcome: "forwarded" });
  await writer.close();
  const folder = join(out, "told");
  await inProcess(["audit", "prove", "d_2", "--dir", other.log, "--out", folder]);
  other.remove();
  const proof = (kind: string) => join(folder, `${kind}.tlog-proof`);
  const check = ["audit", "verify-proof", proof("decision"), proof("receipt"), "--key", join(folder, "log.vkey")];
  const told = await inProcess([...check, proof("outcome")]);
  expect(told.code).toBe(0);
  for (const line of [
    "The receipt holds by the key that it names, which is as good as the log; see --approval-keys.",
    "state       approved",
    "tool        payments/create_refund",
    "digest      sha256:y",
    "vote        approve by dana (password) at 2026-11-24T12:00:00.000Z: it⟦U+000A⟧is",
    `signed      2026-11-24T12:00:00.000Z by gw-1, key ${String(key.publicKeys.keys[0]?.["kid"])}`,
  ])
    expect(told.stdout.split("\n")).toContain(line);
  expect(told.stdout).not.toContain("no outcome is among these");
  expect(told.stdout).toMatch(/\nAll 3 proofs hold\.\n$/);
  const given = await inProcess([...check, "--approval-keys", join(out, "approval-keys.json")]);
  expect(given).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("The receipt holds by a key that was given."),
  });
  expect(given.stdout).toContain("no outcome is among these: d_2 was allowed");
  expect(JSON.parse((await inProcess([...check, "--json"])).stdout)).toMatchObject({
    ok: true,
    receipt_keys: "of the records",
    without_outcome: ["d_2"],
    proofs: [{ receipt: null }, { receipt: { claims: { votes: [vote] } } }],
  });
});

test("a receipt of other keys does not hold", async () => {
  await inProcess(["audit", "prove", "d_approved", "--dir", log.log, "--out", out]);
  const other = join(out, "other-keys.json");
  writeFileSync(other, JSON.stringify(receiptKey(openSigningKey(join(out, "other.pem"))).publicKeys));
  const keys = ["--key", vkey, "--approval-keys", other];
  const found = await inProcess(["audit", "verify-proof", join(out, "receipt.tlog-proof"), ...keys]);
  expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining("its receipt does not hold: no key") });
});

test("proofs of another action are not put beside these, and those that belong to none of the given decisions are told", async () => {
  const [mine, others] = [join(out, "mine"), join(out, "others")];
  await inProcess(["audit", "prove", "d_approved", "--dir", log.log, "--out", mine]);
  await inProcess(["audit", "prove", "d_1", "--dir", log.log, "--out", others]);
  expect(await inProcess(["audit", "prove", "d_1", "--dir", log.log, "--out", mine])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/mine\/decision.tlog-proof is a proof of d_approved; .* for d_1 with/),
  });
  expect((await inProcess(["audit", "prove", "d_approved", "--dir", log.log, "--out", mine])).code).toBe(0);
  const files = [join(others, "decision"), join(mine, "outcome"), join(mine, "receipt")].map(
    (one) => `${one}.tlog-proof`,
  );
  const check = ["audit", "verify-proof", "--key", vkey];
  const mixed = await inProcess([...check, ...files]);
  expect([mixed.code, mixed.stdout.match(/; but .*/g)]).toEqual([
    1,
    [
      "; but the proof of its decision d_approved is not among these",
      "; but no decision among these proofs is of its approval a_7",
    ],
  ]);
  const told = await inProcess([...check, "--json", ...files]);
  expect(JSON.parse(told.stdout)).toMatchObject({ ok: false, proofs: [{ ok: true }, { ok: true }, { ok: true }] });
  const whole = await inProcess([...check, "--json", join(mine, "decision.tlog-proof"), ...files.slice(1)]);
  expect(JSON.parse(whole.stdout)).toMatchObject({
    ok: true,
    proofs: [{ stray: null }, { stray: null }, { stray: null }],
  });
});

test("proofs and a report that cannot be written are told with their folder", async () => {
  const taken = join(out, "a-file");
  writeFileSync(taken, "");
  for (const verb of [["prove", "d_1"], ["report"]])
    expect(await inProcess(["audit", ...verb, "--dir", log.log, "--out", taken])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^\S+a-file cannot be written: file already exists\.\n$/),
    });
});

test.each(['{"keys":[null,1]}', '{"keys":[{"kty":"EC","crv":"P-256"}]}', "[]", "null"])(
  "%s is no key set, and makes no log one that was changed",
  async (text) => {
    const file = join(out, "bad-keys.json");
    writeFileSync(file, text);
    expect(await inProcess(["audit", "verify", log.log, "--approval-keys", file])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${file} is no set of public keys (RFC 7517).`),
    });
  },
);

test("what is not in the log is not proved", async () => {
  const found = await inProcess(["audit", "prove", "d_none", "--dir", log.log, "--out", out]);
  expect(found).toMatchObject({ code: 1, stderr: expect.stringContaining("has no line of d_none") });
});

test("the help of every verb has its examples", async () => {
  await expectExamples("audit", [verify, prove, verifyProofs, rotateKey]);
});
