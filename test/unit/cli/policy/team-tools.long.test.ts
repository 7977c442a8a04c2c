import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { testcase } from "../../../../gateway/cli/policy/testcase.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { answersOf, limitOf, paymentInput, writeSmallPolicy } from "../../../support/bundles/small-policy.ts";
import { expectExamples, inProcess } from "../run.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
let cwd: string;
const at = (name: string): string => join(cwd, name);

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "sallyport-team-"));
  writeSmallPolicy(at("rego"));
});
afterAll(() => rmSync(cwd, { recursive: true }));

function policy(...args: string[]) {
  return inProcess(["policy", ...args]);
}

test("tests give their coverage, and a JUnit report of rules and golden cases", async () => {
  const done = await policy("test", at("rego"), "--coverage", "50", "--junit", at("tests.xml"), "--json");
  expect([done.code, done.stderr]).toEqual([0, ""]);
  expect(JSON.parse(done.stdout)).toMatchObject({ ok: true, passed: 2, coverage: { percent: expect.any(Number) } });
  const xml = readFileSync(at("tests.xml"), "utf8");
  expect(xml.match(/<testcase [^>]*>/g)).toEqual([
    expect.stringMatching(/classname="data.sallyport.main_test" name="test_small_amounts_are_fine" time="0\.\d+"\/>/),
    '<testcase classname="golden" name="allows five" time="0.000000"/>',
  ]);
});

test("a test that does not compile is a failure in the JUnit report, and not the report of an earlier run", async () => {
  writeSmallPolicy(at("broken"));
  expect((await policy("test", at("broken"), "--junit", at("broken.xml"))).code).toBe(0);
  writeFileSync(at("broken/sallyport/main/broken_test.rego"), "package broken_test\n\ntest_a if nothing_there\n");
  expect((await policy("test", at("broken"), "--junit", at("broken.xml"))).code).toBe(3);
  expect(readFileSync(at("broken.xml"), "utf8").match(/<testcase [^]*<\/testcase>/g)).toEqual([
    expect.stringMatching(/name="the tests can be run" .*broken_test\.rego:3: .*var nothing_there is unsafe"\/>/),
  ]);
});

test("a coverage below the one that is wanted exits 4 and names what no test reaches", async () => {
  const done = await policy("test", at("rego"), "--coverage", "99.9");
  expect(done.code).toBe(4);
  expect(done.stdout).toMatch(/^coverage \d+(\.\d+)? %$/m);
  expect(done.stdout).toMatch(/sallyport\/main\/main\.rego: no test reaches line \d+/);
  const wrong = await policy("test", at("rego"), "--coverage", "101");
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("Expected 0 to 100.") });
});

test("mistakes are written as SARIF with file, line and column, and none as an empty report", async () => {
  writeSmallPolicy(at("wrong"));
  writeFileSync(at("wrong/sallyport/limits/data.yaml"), "shop:\n  pay: { amount: { above: 0, mux: 1 } }\n");
  expect((await policy("check", at("wrong"), "--sarif", at("wrong.sarif"))).code).toBe(3);
  const report = JSON.parse(readFileSync(at("wrong.sarif"), "utf8")) as {
    version: string;
    runs: { results: object[] }[];
  };
  expect(report.version).toBe("2.1.0");
  expect(report.runs[0]?.results).toContainEqual({
    ruleId: "policy-check",
    level: "error",
    message: { text: expect.stringContaining("did you mean max?") },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: expect.stringMatching(/wrong\/sallyport\/limits\/data\.yaml$/) },
          region: { startLine: 2, startColumn: expect.any(Number) },
        },
      },
    ],
  });
  expect((await policy("check", at("rego"), "--sarif", at("right.sarif"))).code).toBe(0);
  expect(JSON.parse(readFileSync(at("right.sarif"), "utf8"))).toMatchObject({ runs: [{ results: [] }] });
});

test("SARIF has every warning that is printed", async () => {
  writeSmallPolicy(at("slow"));
  const rules = Array.from({ length: 60 }, (_, at) => `found contains ${at} if input.resource.id == "shop/t${at}"\n`);
  writeFileSync(at("slow/sallyport/answers/answers.rego"), `${answersOf("[]")}\n${rules.join("")}`);
  const { code, stdout } = await policy("check", at("slow"), "--sarif", at("slow.sarif"), "--json");
  const { warnings } = JSON.parse(stdout) as { warnings: string[] };
  const { runs } = JSON.parse(readFileSync(at("slow.sarif"), "utf8")) as {
    runs: { results: { level: string; message: { text: string } }[] }[];
  };
  const shown = (runs[0]?.results ?? []).map(({ level, message }) => [level, message.text]);
  expect([code, shown.length]).toEqual([0, warnings.length]);
  expect(shown).toContainEqual(["warning", expect.stringContaining("60 rules named data.sallyport.answers.found")]);
});

test("where nothing is tested it says what there would have to be", async () => {
  writeSmallPolicy(at("untested"));
  for (const tested of ["golden", "sallyport/main/main_test.rego"])
    rmSync(at(`untested/${tested}`), { recursive: true });
  expect(await policy("test", at("untested"))).toMatchObject({
    code: 4,
    stderr: expect.stringContaining("_test.rego"),
  });
  expect(await policy("test", at("rego"), "--run", "no_such")).toMatchObject({
    code: 4,
    stderr: expect.stringContaining("No test is named no_such"),
  });
});

/** A log with an allowed payment of which nobody looked at the history, and two decisions that make no case. */
function writeLog(): void {
  const { context, ...rest } = paymentInput();
  const { session, ...kept } = context as JsonObject;
  const { history: _left, ...known } = session as JsonObject;
  const answer = { effect: "allow", reasons: [{ code: "FINE", rule: "shop/pay" }], obligations: [], doubt: null };
  const about = {
    seq: 1,
    kind: "decision",
    decision_id: "d_paid",
    timestamp: "2026-11-28T10:00:00.000Z",
    tool: "shop/pay",
    subject: "bot",
    erased: ["/input/context/session/history"],
    result: answer,
    input: { ...rest, context: { ...kept, session: known } },
  };
  const masked = { ...about, decision_id: "d_masked", erased: ["/input/context/arguments/amount"] };
  const refused = { ...about, decision_id: "d_refused", result: { ...answer, doubt: "access_revoked" } };
  mkdirSync(at("state/log"), { recursive: true });
  const lines = [about, masked, refused].map((line) => `${JSON.stringify(line)}\n`);
  writeFileSync(at("state/log/decisions-000001.jsonl"), lines.join(""));
  const route = `{ id: shop, prefix: /shop, protocol: http, server: shop, issuers: [dev], upstream: { origin: "https://shop.example" } }`;
  writeFileSync(
    at("sallyport.yaml"),
    `version: 1\ndata_dir: state\nissuers: [ { id: dev, development: true } ]\nroutes: [ ${route} ]\n`,
  );
}

test("a recorded decision becomes a golden case and a test that both pass, and fail once the rule is gone", async () => {
  writeLog();
  const testcaseOf = (...args: string[]) => inProcess(["policy", "testcase", ...args, "-c", at("sallyport.yaml")]);
  const done = await testcaseOf("d_paid", "--name", "Allows that payment");
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("empty: /context/session/history") });
  expect(execFileSync("opa", ["fmt", "--list", "--fail", "rego/recorded"], { cwd, encoding: "utf8" })).toBe("");
  const passing = await policy("test", at("rego"), "--json");
  expect(JSON.parse(passing.stdout)).toMatchObject({ ok: true, passed: 4, fuel: [{ wrong: null }, { wrong: null }] });
  writeFileSync(at("rego/sallyport/limits/data.yaml"), limitOf(1));
  const failing = await policy("test", at("rego"));
  expect(failing.code).toBe(4);
  expect(failing.stdout).toMatch(/\n\d+ passed, \d+ failed\n$/);
  const counted = JSON.parse((await policy("test", at("rego"), "--json")).stdout) as { passed: number; failed: number };
  expect(counted.passed + counted.failed).toBe(4);
  expect(failing.stdout).toContain("recorded.allows_that_payment_test.test_allows_that_payment failed");
  expect(failing.stdout).toMatch(/golden\/allows-that-payment\.json:1 .*effect is "deny", wanted "allow"/);
  const refusals = [
    [["d_paid", "--name", "Allows that payment"], 2, "is there already"],
    [["d_masked"], 1, "/context/arguments/amount"],
    [["d_refused"], 1, "no answer of a policy"],
  ] as const;
  for (const [args, code, words] of refusals)
    expect(await testcaseOf(...args)).toMatchObject({ code, stderr: expect.stringContaining(words) });
  await expectExamples("policy", [testcase]);
});

test("a case may have any name: its test compiles, and its files are called by the decision where the name has no letters for them", async () => {
  writeSmallPolicy(at("named"));
  writeLog();
  const testcaseOf = (id: string, name: string) =>
    inProcess([
      "policy",
      "testcase",
      id,
      "--name",
      name,
      "--folder",
      at("named"),
      "-c",
      at("sallyport.yaml"),
      "--json",
    ]);
  const names = ["METADATA foo", "METADATA\n# scope: x", "漢字", "a\u0000b"];
  const files = ["metadata-foo", "metadata-scope-x", "d-paid", "a-b"];
  for (const [index, name] of names.entries()) {
    const golden = at(`named/golden/${files[index]}.json`);
    expect(JSON.parse((await testcaseOf("d_paid", name)).stdout)).toMatchObject({ ok: true, golden });
    expect(JSON.parse(readFileSync(golden, "utf8"))).toMatchObject({ name });
  }
  expect(JSON.parse((await policy("test", at("named"), "--json")).stdout)).toMatchObject({ ok: true, passed: 10 });
  expect(await testcaseOf("d_paid", "🎉")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("is there already"),
  });
  for (const name of ["", " "])
    expect(await testcaseOf("d_paid", name)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--name is empty"),
    });
});

test("the action for pull requests comments what a change widens, and fails it", () => {
  writeSmallPolicy(at("repository/policy"));
  const repository = at("repository");
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@a.example", ...args], {
      cwd: repository,
      encoding: "utf8",
    });
  git("init", "--quiet");
  writeFileSync(at("repository/policy/sallyport/limits/data.yaml"), limitOf(1));
  git("add", ".");
  git("commit", "--quiet", "-m", "base");
  const base = git("rev-parse", "HEAD").trim();
  writeFileSync(at("repository/policy/sallyport/limits/data.yaml"), limitOf(10));
  const review = (accept: string, sources = "policy", BASE = base) => {
    const about = { POLICY: sources, BASE, COVERAGE: "", LOG: "", ACCEPT_WIDENING: accept, OUT: at("out") };
    const script = join(root, "scripts/action/review.sh");
    return spawnSync("bash", [script], { cwd: repository, env: { ...process.env, ...about }, encoding: "utf8" });
  };
  const refused = review("false");
  const comment = readFileSync(at("out/comment.md"), "utf8");
  expect(comment).toMatch(/^### Impact of this policy change\n\n\*\*Widens:\*\* 1 answers/);
  expect(comment).toContain("| `deny→allow` ⚠ widens | 1 | `self-test/none` 1 | `self-test` 1 |");
  expect(comment).toContain(
    "- `allows five`: `self-test/none` by `self-test`: was `deny` `TOO_MUCH`, is `allow` `FINE`",
  );
  expect([refused.status, refused.stderr]).toEqual([1, ""]);
  expect(existsSync(at("out/policy.sarif"))).toBe(true);
  expect(readFileSync(at("out/policy-tests.xml"), "utf8")).not.toContain("<failure");
  expect(review("true").status).toBe(0);
  writeSmallPolicy(at("repository/added"));
  expect([review("false", "added").status, review("true", "added").status]).toEqual([6, 0]);
  expect(readFileSync(at("out/comment.md"), "utf8")).toContain("**No pass:** the base has no added");
  rmSync(at("repository/policy/golden"), { recursive: true });
  git("commit", "--quiet", "--all", "-m", "no golden cases");
  expect(review("false", "policy", "HEAD").status).toBe(6);
  expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
});

test("the action and the hook name scripts that are there, and hand over every input that they read", () => {
  const action = parse(readFileSync(join(root, "action.yml"), "utf8")) as {
    inputs: Record<string, unknown>;
    runs: { steps: { run?: string; env?: Record<string, string> }[] };
  };
  const [review] = action.runs.steps;
  const script = readFileSync(join(root, "scripts/action/review.sh"), "utf8");
  expect(review?.run).toContain("scripts/action/review.sh");
  for (const name of ["POLICY", "BASE", "COVERAGE", "LOG", "ACCEPT_WIDENING", "OUT"]) {
    expect(Object.keys(review?.env ?? {})).toContain(name);
    expect(script).toContain(name);
  }
  const [hook] = parse(readFileSync(join(root, ".pre-commit-hooks.yaml"), "utf8")) as { entry: string }[];
  expect(existsSync(join(root, hook?.entry ?? "none"))).toBe(true);
});
