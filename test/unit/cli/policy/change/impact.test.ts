import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answersOf, writeSmallPolicy } from "../../../../support/bundles/small-policy.ts";
import { inProcess, sallyport } from "../../run.ts";

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-impact-"));
  for (const name of ["old", "new"]) writeSmallPolicy(at(name));
  writeFileSync(at("old/sallyport/answers/answers.rego"), answersOf('[{"detector": "card"}]'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function impact(...args: string[]) {
  const { code, stdout, stderr } = await inProcess(["policy", "impact", ...args, "--markdown", at("m.md")]);
  expect(stderr).toBe("");
  return { code, stdout, markdown: readFileSync(at("m.md"), "utf8") };
}

test("rules that no recorded decision asks differ: it is said in each report, and exits 1 until it is accepted", async () => {
  const said = "rules differ, or their data, that say what of results comes back; no recorded decision asks them";
  const { code, stdout, markdown } = await impact(at("old"), at("new"));
  expect(code).toBe(1);
  expect(stdout).toContain("1 golden cases: 0 changed, 0 of them widened");
  expect(stdout).toContain(`not compared  ${said}\n`);
  expect(stdout).toContain("What the rules that were not compared let through is not known (--accept-widening).");
  expect(markdown).toContain(`**Not compared:** ${said}.\n`);
  expect(markdown).toContain("Of what was compared, nothing is let through that the base does not let through.");
  const accepted = await impact(at("old"), at("new"), "--accept-widening", "--json");
  expect(accepted.code).toBe(0);
  expect(JSON.parse(accepted.stdout)).toMatchObject({
    ok: true,
    widened: 0,
    accepted: true,
    decisions: { not_asked: ["result"] },
  });
});

test("of a policy that is the same nothing waits, and it is said that no recorded decision was compared", async () => {
  const { code, stdout, markdown } = await impact(at("new"), at("new"));
  expect([code, stdout]).toEqual([0, expect.stringContaining("No recorded decision was compared.")]);
  expect(stdout).not.toContain("not compared");
  expect(markdown).toContain("#### 1 golden cases, 0 changed\n\nNo recorded decision was compared.\n");
});

/** A decision of which the record keeps no input. */
function writeUnjudgedLog(): void {
  const line = {
    seq: 1,
    kind: "decision",
    decision_id: "d_1",
    timestamp: "2026-11-28T10:00:00.000Z",
    tool: "shop/pay",
  };
  mkdirSync(at("log"), { recursive: true });
  writeFileSync(at("log/decisions-000001.jsonl"), `${JSON.stringify({ ...line, subject: "bot", result: {} })}\n`);
}

test("a comparison over recorded decisions of which none is comparable is no pass, and exits 6 with the reason", async () => {
  writeUnjudgedLog();
  const none = "none of the 1 recorded decisions could be compared";
  const { code, stdout, markdown } = await impact(at("new"), at("new"), "--log", at("log"), "--accept-widening");
  expect([code, stdout]).toEqual([6, expect.stringContaining(`This is no pass: ${none}.`)]);
  expect(markdown).toContain(`**No pass:** ${none}.\n`);
  expect(markdown).not.toContain("Of what was compared");
  const later = await impact(at("new"), at("new"), "--log", at("log"), "--since", "1h", "--json");
  expect([later.code, JSON.parse(later.stdout)]).toMatchObject([
    6,
    { ok: false, uncompared: "there is no recorded decision in the range", golden: { cases: 1 } },
  ]);
});

test("so is a replay of such decisions: it exits 6 with the reason, and so it does where the range has none", async () => {
  writeUnjudgedLog();
  const replay = (...args: string[]) =>
    inProcess(["policy", "replay", "--against", at("new"), "--log", at("log"), ...args]);
  const none = "none of the 1 recorded decisions could be compared";
  expect(await replay()).toEqual({
    code: 6,
    stdout: expect.stringMatching(`not compared  1\n(.|\n)*This is no pass: ${none}\\.`) as string,
    stderr: "",
  });
  const all = await replay("--json");
  expect([all.code, JSON.parse(all.stdout)]).toMatchObject([
    6,
    { ok: false, uncompared: none, not_compared: { total: 1 } },
  ]);
  const later = await replay("--since", "1h", "--json");
  expect([later.code, JSON.parse(later.stdout)]).toMatchObject([
    6,
    { ok: false, uncompared: "there is no recorded decision in the range", decisions: 0 },
  ]);
});

test("without golden cases and recorded decisions nothing passes, and the comment says so", async () => {
  writeSmallPolicy(at("bare"));
  rmSync(at("bare/golden"), { recursive: true });
  const { code, markdown } = await impact(at("bare"), at("bare"));
  expect([code, markdown]).toEqual([6, expect.stringContaining("**No pass:** there is no golden case")]);
});

const log = (folder: string): string => `There is no decision log in ${folder}, which --log names`;

test.each([
  ["a folder of the log that is not there", ["old", "new", "--log", "none"], log("none")],
  ["a folder without a log", ["old", "new", "--log", "old"], log("old")],
  ["a configuration that is not there", ["old", "new", "-c", "none"], "There is no file none, which --config names"],
  ["no source", ["old", ""], 'The argument <new>, "", has a source without a name'],
  ["a comma too much", ["old,", "new"], 'The argument <old>, "old,", has a source without a name'],
])("%s is a wrong usage, and nothing is reported", async (_what, words, message) => {
  const { code, stdout, stderr } = await sallyport(["policy", "impact", ...words], { cwd: folder });
  expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(message)]);
});

test("a replay of a folder without a log is a wrong usage too", async () => {
  const done = await inProcess(["policy", "replay", "--against", at("new"), "--log", at("none")]);
  expect(done).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining(log(at("none"))) as string });
});
