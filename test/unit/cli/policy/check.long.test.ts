import { cpSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { readArchive } from "../../../../gateway/bundles/archive/archive.ts";
import { check } from "../../../../gateway/cli/policy/check.ts";
import { test as testVerb } from "../../../../gateway/cli/policy/test.ts";
import { configuredFolder, library } from "../configured-folder.ts";
import { expectExamples, inProcess, sallyport } from "../run.ts";

let cwd: string;
beforeAll(() => {
  cwd = configuredFolder();
});
afterAll(() => rmSync(cwd, { recursive: true }));

function path(name: string): string {
  return join(cwd, name);
}

function here(...args: string[]) {
  return inProcess(args);
}

test("checks and builds the policy", async () => {
  const checked = await here("policy", "check", path("rego"), "--json");
  const { ok, revision } = JSON.parse(checked.stdout) as { ok: boolean; revision: string };
  expect([checked.code, ok]).toEqual([0, true]);
  const built = await here("policy", "build", path("rego"), "--out", path("out"), "--json");
  expect(JSON.parse(built.stdout)).toMatchObject({
    ok: true,
    revision,
    archive: expect.stringContaining(`${revision}.tar.gz`),
  });
  const named = await here("policy", "build", path("rego"), "--out", path("out"), "--revision", "2026.11-3", "--json");
  const { archive } = JSON.parse(named.stdout) as { archive: string };
  expect((await readArchive(archive)).revision).toBe("2026.11-3");
  const climbing = await here("policy", "build", path("rego"), "--out", path("out"), "--revision", "../x");
  expect(climbing).toMatchObject({ code: 2, stderr: expect.stringContaining("beginning with a letter or digit") });
});

test("builds into bundles/ of the current folder when no folder is named", async () => {
  const built = await sallyport(["policy", "build", "--json"], { cwd });
  const { archive, revision } = JSON.parse(built.stdout) as { archive: string; revision: string };
  expect(relative(realpathSync(cwd), archive)).toBe(join("bundles", `${revision}.tar.gz`));
  expect((await readArchive(archive)).revision).toBe(revision);
});

test("exits 3 with file and line when the policy does not compile", async () => {
  cpSync(library, join(cwd, "torn"), { recursive: true });
  writeFileSync(join(cwd, "torn/sallyport/torn.rego"), "package sallyport.torn\n\nallow if {\n");
  for (const verb of ["check", "build", "test"]) {
    const done = await here("policy", verb, path("torn"));
    expect(done).toMatchObject({ code: 3, stdout: "", stderr: expect.stringMatching(/sallyport\/torn\.rego:\d+: /) });
  }
});

test("prints every mistake of the policy's data and exits 3", async () => {
  cpSync(library, path("data-mistakes"), { recursive: true });
  writeFileSync(
    path("data-mistakes/sallyport/catalog/data.yaml"),
    "crm:\n  a: { sensitivity: lowe }\n  b: { sinc: internal }\n",
  );
  const done = await here("policy", "check", path("data-mistakes"));
  expect(done.code).toBe(3);
  expect(done.stderr).toContain(
    "sallyport/catalog/data.yaml:2:21: crm.a.sensitivity: expected one of low, medium, high (did you mean low?)",
  );
  expect(done.stderr).toContain("sallyport/catalog/data.yaml:3:8: crm.b.sinc: unknown field (did you mean sink?)");
});

test.each([
  ["denies contains 1", "it has denies (did you mean deny?)"],
  ['oblige contains {"type": "redact_result"}', "does not carry out redact_result"],
])(
  "exits 3 with file and line for a rule that does nothing: %s",
  async (rules, why) => {
    cpSync(library, join(cwd, "idle"), { recursive: true });
    const file = "sallyport/rules/arguments/limits/idle.rego";
    writeFileSync(join(cwd, "idle", file), `package sallyport.rules.mine.idle\n\n${rules}\n`);
    const question = join(library, "golden/holds-a-refund.json");
    const verbs = [["check"], ["build"], ["test"], ["explain", "--input", question, "--folder"]];
    for (const verb of verbs) {
      const done = await here("policy", ...verb, path("idle"));
      expect(done).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining(why) });
      expect(done.stderr).toMatch(/arguments\/limits\/idle\.rego:\d+: /);
    }
  },
  120_000,
);

test("exits 4 when a test of the policy fails, and names it", async () => {
  cpSync(library, join(cwd, "wrong"), { recursive: true });
  const tests = "package sallyport.wrong_test\n\ntest_arithmetic if 1 + 1 == 3\n\ntest_fine if true\n";
  writeFileSync(join(cwd, "wrong/sallyport/wrong_test.rego"), tests);
  const done = await here("policy", "test", path("wrong"), "--run", "wrong_test");
  expect(done).toMatchObject({ code: 4, stderr: "" });
  expect(done.stdout).toContain(
    "sallyport/wrong_test.rego:3 data.sallyport.wrong_test.test_arithmetic failed\n1 passed, 1 failed",
  );
});

test("shows what was printed by a test that fails, and on the way to a wrong answer of a golden case", async () => {
  cpSync(library, path("loud"), { recursive: true });
  const rule = "package sallyport.tools.payments.get_order\n\ndeny contains data.loud.why if true\n";
  writeFileSync(path("loud/sallyport/main/loud.rego"), rule);
  const why = `why := ${JSON.stringify({ code: "LOUD", message: "x", rule: "x/y", severity: "low", controls: [] })}`;
  writeFileSync(
    path("loud/loud.rego"),
    `package loud\n\n${why} if print("on the way", input.resource.id, input.gone)\n`,
  );
  const tests =
    'package loud_test\n\ntest_bad if { print("it is", data.gone); false }\n\ntest_fine if print("quiet")\n';
  writeFileSync(path("loud/loud_test.rego"), tests);
  const tested = await here("policy", "test", path("loud"), "--junit", path("loud.xml"));
  expect(tested.code).toBe(4);
  expect(tested.stdout).toContain("loud_test.rego:3 data.loud_test.test_bad failed\n  it is <undefined>\n");
  expect(tested.stdout).toMatch(
    /allows-a-low-read\.json:1 .*\n {2}printed loud\.rego:3: on the way payments\/get_order <undefined>\n/,
  );
  expect(tested.stdout).not.toContain("quiet");
  expect(readFileSync(path("loud.xml"), "utf8")).toContain("it is &lt;undefined&gt;");
  const checked = await here("policy", "check", path("loud"));
  expect(checked).toMatchObject({ code: 3, stdout: "" });
  expect(checked.stderr).toContain("  printed loud.rego:3: on the way payments/get_order <undefined>");
}, 120_000);

test("exits 4 when a golden case is answered in another way, since no gateway would activate that", async () => {
  cpSync(library, join(cwd, "another"), { recursive: true });
  writeFileSync(join(cwd, "another/sallyport/entitlements/data.yaml"), "nobody: {}\n");
  const done = await here("policy", "test", path("another"));
  expect(done).toMatchObject({ code: 4, stderr: "" });
  expect(done.stdout).toContain(
    'golden/allows-a-low-read.json:1 an entitled caller reads an order: /effect is "deny", wanted "allow"',
  );
});

test("the help of every verb has its examples", async () => {
  await expectExamples("policy", [check, testVerb]);
});
