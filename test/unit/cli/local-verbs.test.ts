import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeJwt } from "jose";
import { readArchive } from "../../../gateway/bundles/archive/archive.ts";
import { inProcess, sallyport } from "./run.ts";

const library = fileURLToPath(new URL("../../../rego", import.meta.url));
let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "sallyport-cli-"));
  cpSync(library, join(cwd, "rego"), { recursive: true });
  const route = (id: string) =>
    `  - { id: ${id}, prefix: /${id}, protocol: http, server: ${id}, issuers: [dev], upstream: { origin: "https://${id}.example" } }\n`;
  writeFileSync(
    join(cwd, "sallyport.yaml"),
    `version: 1\nissuers: [ { id: dev, development: true, max_lifetime: 15m } ]\nroutes:\n${route("payments")}${route("crm")}`,
  );
  writeFileSync(join(cwd, "broken.yaml"), "version: 1\nisuers: []\nroutes: 7\n");
});
afterAll(() => rmSync(cwd, { recursive: true }));

function path(name: string): string {
  return join(cwd, name);
}

function here(...args: string[]) {
  return inProcess(args);
}

test("checks a good configuration", async () => {
  const done = await sallyport(["check", "--json"], { cwd });
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(done.stdout)).toMatchObject({ ok: true, routes: [{ id: "payments" }, { id: "crm" }] });
});

test("prints every problem of a broken configuration and exits 2", async () => {
  const done = await sallyport(["check", "-c", "broken.yaml"], { cwd });
  expect(done).toEqual({
    code: 2,
    stdout: "",
    stderr: [
      "broken.yaml:2:1 isuers: unknown option (did you mean issuers?)",
      "broken.yaml:3:9 routes: expected a list, got a number",
      "",
    ].join("\n"),
  });
  const machine = await here("check", "-c", path("broken.yaml"), "--json");
  expect(JSON.parse(machine.stdout)).toMatchObject({
    ok: false,
    error: { code: "config_invalid", problems: [{ line: 2, column: 1, key: "isuers" }, { line: 3 }] },
  });
});

test("starts nothing on a broken configuration", async () => {
  const done = await here("serve", "-c", path("broken.yaml"));
  expect(done).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("broken.yaml:2:1 isuers") });
  expect(await here("serve", "-c", path("sallyport.yaml"))).toMatchObject({ code: 0, stdout: "started\n" });
});

test("mints a token alone on stdout", async () => {
  const done = await sallyport(
    ["token", "mint", "--sub", "refund-bot", "--role", "refunds", "--route", "payments", "--session", "run-1"],
    { cwd },
  );
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  expect(decodeJwt(done.stdout.trim())).toMatchObject({
    sub: "refund-bot",
    aud: "http://127.0.0.1:8700/payments",
    roles: ["refunds"],
    sid: "run-1",
  });
});

test.each([
  [["--route", "paymets"], "No route has the id paymets (did you mean payments?)."],
  [[], "Say what the token is for: --route payments, --route crm or --audience."],
  [["--route", "crm", "--ttl", "1h"], "The issuer dev allows at most 900 s (max_lifetime)."],
  [["--route", "crm", "--ttl", "soon"], "Expected a duration such as 30s, 10m or 1h."],
  [["--route", "crm", "--issuer", "corp"], "No development issuer has the id corp."],
])("refuses to mint with %j", async (args, sentence) => {
  const done = await here("token", "mint", "--sub", "refund-bot", ...args, "-c", path("sallyport.yaml"));
  expect(done).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(sentence) });
});

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
  ["block contains 1", "block has no effect"],
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

test("exits 4 when a golden case is answered in another way, since no gateway would activate that", async () => {
  cpSync(library, join(cwd, "another"), { recursive: true });
  writeFileSync(join(cwd, "another/sallyport/entitlements/data.yaml"), "nobody: {}\n");
  const done = await here("policy", "test", path("another"));
  expect(done).toMatchObject({ code: 4, stderr: "" });
  expect(done.stdout).toContain(
    'golden/allows-a-low-read.json:1 an entitled caller reads an order: /effect is "deny", wanted "allow"',
  );
});

test("hints at a mistyped verb and exits 2", async () => {
  expect(await here("chekc")).toMatchObject({ code: 2, stderr: expect.stringContaining("Did you mean check?") });
  expect(await here("approvals", "aprove")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Did you mean approve?"),
  });
});

const verbs = [
  "serve",
  "check",
  "health",
  "token mint",
  "approvals list",
  "approvals show",
  "approvals approve",
  "approvals deny",
  "approvals watch",
];
verbs.push("decisions tail", "decisions search", "decisions show", "policy build", "policy check", "policy test");

test.each(verbs)("helps with %s by examples", async (verb) => {
  const done = await here(...verb.split(" "), "--help");
  expect(done.code).toBe(0);
  expect(done.stdout).toMatch(new RegExp(`Examples:\\n {2}\\$ sallyport ${verb}`));
});

test("names no development key's secret in any output", async () => {
  const { d } = JSON.parse(readFileSync(join(cwd, ".sallyport/issuer-dev.jwk.json"), "utf8")) as { d: string };
  const done = await here("token", "mint", "--sub", "a", "--route", "crm", "--json", "-c", path("sallyport.yaml"));
  expect(done.stdout).not.toContain(d);
});
