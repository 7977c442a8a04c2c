import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkFields } from "../../../../gateway/bundles/build/check-fields.ts";
import { writeSources } from "../../../../gateway/bundles/build/write-sources.ts";
import type { SourceFile } from "../../../../gateway/bundles/sources.ts";
import { opa } from "../../decide/support/compile-rego.ts";
import { cacheInMemory } from "../support/policy-folder.ts";

const common = {
  "sallyport/sallyport.rego":
    "# METADATA\n# scope: subpackages\n# schemas:\n#   - input: schema.input\npackage sallyport\n",
  "sallyport/main/main.rego": "package sallyport.main\n\ndenials contains data.sallyport.rules[_][_].deny[_]\n",
  "schemas/input.json": '{"type": "object", "properties": {"tool": {"type": "string"}}, "additionalProperties": false}',
};
let folder: string;
let counting: string;
let round: number;
const cache = cacheInMemory();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-fields-"));
  counting = join(folder, "opa");
  await writeFile(counting, `#!/bin/sh\necho run >> '${join(folder, "runs")}'\nexec '${opa}' "$@"\n`);
  await chmod(counting, 0o755);
  round = 0;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function policy(more: Readonly<Record<string, string>> = {}): SourceFile[] {
  const texts: Record<string, string> = {
    ...common,
    "sallyport/rules/bench/a.rego": "package sallyport.rules.bench.a\n\nhelper := input.tool\n",
    "sallyport/rules/bench/b.rego": "package sallyport.rules.bench.b\n\ndeny contains input.tool\n",
    ...more,
  };
  return Object.entries(texts).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
}

/** How often OPA was run. */
async function checked(files: SourceFile[], signal = new AbortController().signal): Promise<number> {
  const workspace = join(folder, `round-${(round += 1)}`);
  const source = join(workspace, "source");
  await mkdir(workspace);
  await writeSources(files, source);
  await writeFile(join(folder, "runs"), "");
  await checkFields({ opa: counting, sources: { files, revision: "" }, files, source, workspace, cache, signal });
  return runs();
}

async function runs(): Promise<number> {
  return (await readFile(join(folder, "runs"), "utf8")).length / "run\n".length;
}

test("the same files are checked once, and any other again", async () => {
  const edited = { "sallyport/rules/bench/b.rego": 'package sallyport.rules.bench.b\n\ndeny contains "b"\n' };
  expect(await checked(policy())).toBe(1);
  expect(await checked(policy())).toBe(0);
  expect(await checked(policy(edited))).toBe(1);
  expect(await checked(policy({ "words/data.json": '{"a": 1}' }))).toBe(1);
});

test("a policy without schemas is not checked", async () => {
  expect(await checked(policy().filter(({ path }) => !path.startsWith("schemas/")))).toBe(0);
});

test("a field that does not exist is refused where it is read", async () => {
  const rule = "package sallyport.rules.bench.b\n\ndeny contains input.tol\n";
  await expect(checked(policy({ "sallyport/rules/bench/b.rego": rule }))).rejects.toMatchObject({
    locations: [
      { file: "sallyport/rules/bench/b.rego", line: 3, message: expect.stringContaining("undefined ref: input.tol") },
    ],
  });
});

const limits = {
  "acme/rules.rego":
    "# METADATA\n# scope: package\n# schemas:\n#   - data.acme.limits: schema.limits\n#   - data.sallyport.limits: schema.limits\n" +
    "package acme.rules\n\nis_most if data.acme.limits.max == data.sallyport.limits.max\n",
  "schemas/limits.json": '{"type": "object", "properties": {"max": {"type": "number"}}, "additionalProperties": false}',
};

test.each([
  ["in its own folder", { "acme/limits/data.json": '{"max": 1}' }, 1],
  ["as a member of acme/data.json", { "acme/data.json": '{"limits": {"max": 1}, "other": 2}' }, 1],
  ["as a member of sallyport/data.json", { "sallyport/data.json": '{"limits": {"max": 1}}' }, 1],
  ["as a member of data.json", { "data.json": '{"acme": {"limits": {"max": 1}}, "sallyport": {"limits": {}}}' }, 1],
  ["in YAML above it", { "acme/data.yaml": "limits: {max: 1}\n" }, 1],
  ["beside a number beyond a double", { "acme/data.json": '{"limits": {"max": 1}, "other": 1e999}' }, 1],
])("the fields of a bound document %s are checked by one run", async (_where, data, count) => {
  expect(await checked(policy({ ...limits, ...data }))).toBe(count);
  const typo = { "acme/typo.rego": "package acme.rules\n\nis_typo if data.acme.limits.maxx == 1\n" };
  await expect(checked(policy({ ...limits, ...data, ...typo }))).rejects.toThrow("acme/typo.rego:3: ");
});

test("after the build has failed, what is refused is not checked once more", async () => {
  const typo = { "acme/typo.rego": "package acme.rules\n\nis_typo if data.acme.limits.maxx == 1\n" };
  await expect(checked(policy({ ...limits, ...typo }), AbortSignal.abort())).rejects.toThrow("aborted");
  expect(await runs()).toBe(1);
});

const home = "package sallyport.lib";
test.each([
  ["with every name in a bracket", `${home}\n\nx := data["sallyport"]["rules"]["bench"]["a"]["helper"].typo\n`],
  ["with a bracket of the root", `${home}\n\nx := data["sallyport"].rules.bench.a.helper.typo\n`],
  ["with blanks in a bracket", `${home}\n\nx := data.sallyport[ "rules" ].bench.a.helper.typo\n`],
  ["by an indented import", `${home}\n\n  import data.sallyport.rules as r\n\nx := r.bench.a.helper.typo\n`],
  ["by an import in brackets", `${home}\n\nimport data["sallyport"]["rules"]\n\nx := rules.bench.a.helper.typo\n`],
  ["behind another name", `${home}\n\nx := y if {\n\tr := data.sallyport.rules\n\ty := r.bench.a.helper.typo\n}\n`],
])("a reference %s to what no rule defines is refused", async (_how, text) => {
  await expect(checked(policy({ "sallyport/lib/lib.rego": text }))).rejects.toThrow(/undefined ref: .*typo/);
});

test("data in the path of a rule are refused", async () => {
  const data = { "sallyport/rules/bench/b/data.json": '{"deny": []}' };
  await expect(checked(policy(data))).rejects.toThrow("conflicting rule for data path sallyport/rules/bench/b/deny");
});
