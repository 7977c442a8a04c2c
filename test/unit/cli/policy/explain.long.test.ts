import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explain as explainVerb } from "../../../../gateway/cli/policy/explain.ts";
import { expectExamples, inProcess } from "../run.ts";
import { readOnlyPolicy } from "../../../support/policy-copy.ts";

const library = readOnlyPolicy();
const NS = "1790000000000000123";
let cwd: string;
let config: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "sallyport-explain-"));
  cpSync(library, join(cwd, "rego"), { recursive: true });
  config = join(cwd, "sallyport.yaml");
  const route = `  - { id: payments, prefix: /payments, protocol: http, server: payments, issuers: [dev], upstream: { origin: "https://payments.example" } }`;
  writeFileSync(
    config,
    `version: 1\ndata_dir: ${join(cwd, "state")}\nissuers: [ { id: dev, development: true } ]\nroutes:\n${route}\n`,
  );
  writeLog();
});
afterAll(() => rmSync(cwd, { recursive: true }));

interface Golden {
  readonly input: { readonly context: { readonly time: object } };
}

/** A golden case's input as the gateway would have written it: with nanoseconds that no JavaScript number holds. */
function inputText(name: string): string {
  const { input } = JSON.parse(readFileSync(join(cwd, `rego/golden/${name}.json`), "utf8")) as Golden;
  return JSON.stringify(input).replace(/"ns":\d+/, `"ns":${NS}`);
}

const approval = { code: "APPROVAL_REQUIRED", rule: "reversibility/approval" };

function record(id: string, seq: number, effect: string, text: string, digest?: string): string {
  const reasons = id === "d_held" ? [approval] : id === "d_reasons" ? [approval, { code: "GONE", rule: "a/b" }] : [];
  const about = {
    seq,
    kind: "decision",
    decision_id: id,
    bundles: { sallyport: { revision: "of-then", digest: "sha256:0" } },
    input_digest: digest ?? `sha256:${createHash("sha256").update(text).digest("hex")}`,
    result: { effect, reasons, obligations: [], doubt: null, detail: null },
  };
  return `${JSON.stringify(about).slice(0, -1)},"input":${text}}\n`;
}

function writeLog(): void {
  const folder = join(cwd, "state", "log");
  mkdirSync(folder, { recursive: true });
  const held = inputText("holds-a-refund");
  const segments = [
    [record("d_held", 1, "hold", held), '{"kind":"outcome","seq":2,"decision_id":"d_held"}\n'],
    [
      record("d_masked", 3, "allow", inputText("denies-an-unknown-tool"), "sha256:other"),
      record("d_none", 4, "deny", "null"),
      record("d_reasons", 5, "hold", held),
    ],
  ];
  segments.forEach((lines, at) => writeFileSync(join(folder, `decisions-00000${at + 1}.jsonl`), lines.join("")));
  writeFileSync(join(folder, "decisions-000003.jsonl"), '{"kind":"decision","decision_id":"d_torn","inp');
}

function explain(...args: string[]) {
  return inProcess(["policy", "explain", "-c", config, ...args]);
}

test("explains a recorded decision with its reasons, where they are, and OPA's trace", async () => {
  const done = await explain("d_held", "--folder", join(cwd, "rego"), "--trace", "--json");
  expect(done).toMatchObject({ code: 0, stderr: "" });
  const said = JSON.parse(done.stdout) as { reasons: { at: string }[]; trace: string[]; fuel: number };
  expect(said).toMatchObject({
    ok: true,
    of: "d_held",
    agree: true,
    difference: null,
    answer: { effect: "hold", doubt: null },
    reasons: [{ code: "APPROVAL_REQUIRED", rule: "reversibility/approval", title: expect.stringContaining("undone") }],
    remarks: [expect.stringContaining("revision of-then judged it")],
  });
  expect(said.fuel).toBeGreaterThan(1_000);
  expect(said.trace.join("\n")).toMatch(/rules\/reversibility\/approval\/approval\.rego:\d+ .*Fail/);
  const [file = "", line = "0"] = (said.reasons[0]?.at ?? "").split(":");
  const lines = readFileSync(join(cwd, "rego", file), "utf8").split("\n");
  expect(lines[Number(line) - 1]).toContain("_approval_required :=");
});

test("names the line of the configuration that a reason of an adopted decision stands for", async () => {
  const adopting = join(cwd, "adopting.yaml");
  mkdirSync(join(cwd, "theirs"), { recursive: true });
  writeFileSync(join(cwd, "theirs/authz.rego"), "package theirs.authz\n\nallow := false\n");
  const policy =
    "policy:\n  sources: [library, theirs]\n  adopt:\n    - { path: theirs/authz/allow, for: [payments], input: sallyport }\n";
  const text = `${readFileSync(config, "utf8")}${policy}`;
  writeFileSync(adopting, text);
  const golden = join(cwd, "rego/golden/holds-a-refund.json");
  const done = await inProcess(["policy", "explain", "--input", golden, "-c", adopting, "--json"]);
  const said = JSON.parse(done.stdout) as { reasons: { code: string; at: string }[] };
  const at = said.reasons.find(({ code }) => code === "ADOPTED_DENIED")?.at ?? "";
  const line = text.split("\n").findIndex((one) => one.includes("theirs/authz/allow")) + 1;
  expect(at).toMatch(new RegExp(`adopting\\.yaml:${line}$`));
});

test("explains in twelve lines at most, without a trace where none is asked for", async () => {
  const folder = join(cwd, "many");
  cpSync(library, folder, { recursive: true });
  const rule = (n: number): string =>
    `deny contains {"code": "MANY_${n}", "message": "one of many", "rule": "main/many", "severity": "high", "controls": []}\n`;
  const rules = Array.from({ length: 9 }, (_, n) => rule(n)).join("");
  writeFileSync(join(folder, "sallyport/main/many.rego"), `package sallyport.tools.payments.create_refund\n\n${rules}`);
  const { code, stdout } = await explain("d_held", "--folder", folder);
  expect(code).toBe(0);
  expect(stdout.trimEnd().split("\n").length).toBeLessThanOrEqual(12);
  expect(stdout).toMatch(/MANY_0: one of many[^]*and \d more: .*MANY_8/);
  expect(stdout).toContain("the decision was hold then, and is deny now");
  expect(stdout).toContain("WASM and OPA agree");
  expect(stdout).not.toContain("many.rego:3     | Fail");
  expect(JSON.parse((await explain("d_held", "--folder", folder, "--json")).stdout)).not.toHaveProperty("trace");
});

test("says when the log does not hold what was judged, and when the answer has changed", async () => {
  const done = await explain("d_masked", "--folder", join(cwd, "rego"));
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout).toContain("the decision was allow then, and is deny now");
  expect(done.stdout).toContain("parts of it were masked");
  expect(done.stdout).toMatch(/TOOL_UNKNOWN: .*\n.*tools\/known {2}sallyport\/rules\/tools\/known\/known\.rego:\d+/);
  expect(done.stdout).toContain("WASM and OPA agree");
});

test("says that the reasons have changed where the effect has not", async () => {
  const { stdout } = await explain("d_reasons", "--folder", join(cwd, "rego"), "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    remarks: [
      "the reasons were APPROVAL_REQUIRED (reversibility/approval), GONE (a/b) then, and are APPROVAL_REQUIRED (reversibility/approval) now",
      expect.stringContaining("revision of-then judged it"),
    ],
  });
});

test("explains an input from a file, in the phase it is of", async () => {
  const file = join(cwd, "list.json");
  writeFileSync(file, inputText("holds-a-refund").replace('"phase":"call"', '"phase":"list"'));
  const done = await explain("--input", file, "--folder", join(cwd, "rego"), "--explain", "full", "--json");
  expect(JSON.parse(done.stdout)).toMatchObject({
    ok: true,
    entrypoint: "visible",
    answer: { visible: expect.any(Boolean) },
    trace: expect.arrayContaining([expect.stringContaining("Enter")]),
  });
});

test("gives both engines the clock of the input, digit by digit", async () => {
  const folder = join(cwd, "clock");
  cpSync(library, folder, { recursive: true });
  rmSync(join(folder, "golden"), { recursive: true });
  writeFileSync(
    join(folder, "sallyport/main/clock.rego"),
    `package sallyport.main\n\n_denials contains {"code": "CLOCK", "message": sprintf("%d", [time.now_ns()]), "rule": "main/clock", "severity": "critical", "controls": []}\n`,
  );
  const done = await explain("d_held", "--folder", folder, "--json");
  expect(JSON.parse(done.stdout)).toMatchObject({ agree: true, reasons: [{ code: "CLOCK", message: NS }] });
});

test("shows what the policy prints, with file and line", async () => {
  const folder = join(cwd, "loud");
  cpSync(library, folder, { recursive: true });
  const rule = `package sallyport.tools.payments.create_refund\n\ndeny contains object.union({"code": input.context.arguments.gone}, {}) if { print("amount", input.context.arguments.amount, input.context.arguments.gone); false }\n`;
  writeFileSync(join(folder, "sallyport/main/loud.rego"), rule);
  const { code, stdout } = await explain("d_held", "--folder", folder);
  expect(code).toBe(0);
  const [line = "", number = ""] =
    /^print +sallyport\/main\/loud\.rego:3: amount (\d+) <undefined>$/m.exec(stdout) ?? [];
  const machine = await explain("d_held", "--folder", folder, "--json");
  expect(Number(number)).toBeGreaterThan(0);
  expect(JSON.parse(machine.stdout)).toMatchObject({ agree: true, printed: [line.replace(/^print +/, "")] });
});

test("says loudly that the engines disagree, and exits 1", async () => {
  const folder = join(cwd, "random");
  cpSync(library, folder, { recursive: true });
  rmSync(join(folder, "golden"), { recursive: true });
  // Random values are the one thing that two evaluations cannot agree on.
  writeFileSync(
    join(folder, "sallyport/main/random.rego"),
    `package sallyport.main\n\n_denials contains {"code": "RANDOM", "message": uuid.rfc4122("x"), "rule": "main/random", "severity": "low", "controls": []}\n`,
  );
  const machine = await explain("d_held", "--folder", folder, "--json");
  expect(machine.code).toBe(1);
  expect(JSON.parse(machine.stdout)).toMatchObject({
    ok: false,
    agree: false,
    difference: { wasm: expect.stringContaining("RANDOM"), opa: expect.stringContaining("RANDOM") },
  });
  expect((await explain("d_held", "--folder", folder)).stdout).toContain("WASM AND OPA DISAGREE");
});

test("says that the gateway stopped where OPA would have gone on", async () => {
  const small = join(cwd, "small.yaml");
  writeFileSync(small, `${readFileSync(config, "utf8")}policy: { source: ./rego, fuel: 1000 }\n`);
  const done = await inProcess(["policy", "explain", "d_held", "-c", small, "--folder", join(cwd, "rego"), "--json"]);
  expect(done.code).toBe(1);
  expect(JSON.parse(done.stdout)).toMatchObject({
    answer: { effect: "deny", doubt: "policy_out_of_fuel" },
    difference: { wasm: expect.stringContaining("policy_out_of_fuel"), opa: expect.stringContaining("hold") },
  });
});

test("refuses what it cannot explain, and says why", async () => {
  const broken = join(cwd, "broken.json");
  writeFileSync(broken, "{");
  const refused = [
    [["d_unknown"], 1, "has no decision d_unknown"],
    [["d_none"], 1, "before there was anything for a policy to judge"],
    [["d_torn"], 1, "has no decision d_torn"],
    [[], 2, "Say what to explain"],
    [["d_held", "--input", broken], 2, "Say what to explain"],
    [["--input", broken], 2, "cannot be read as JSON"],
    [["--input", join(cwd, "nowhere.json")], 2, "ENOENT"],
  ] as const;
  for (const [args, code, words] of refused)
    expect(await explain(...args)).toMatchObject({ code, stderr: expect.stringContaining(words) });
});

test("the help of every verb has its examples", async () => {
  await expectExamples("policy", [explainVerb]);
});
