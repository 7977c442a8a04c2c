import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asLine } from "../../../../gateway/bundles/failure.ts";
import { perToolRules, perToolRulesWarning } from "../../../../gateway/bundles/rule-checks/check-rules.ts";
import { readSources } from "../../../../gateway/bundles/sources.ts";
import { opa } from "../../decide/support/compile-rego.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const rules = (count: number, condition: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `deny contains "d${index}" if ${condition(index)}\n`).join("\n");
const keyed = (index: number): string => `input.resource.properties.tool == "t${index}"`;

async function found(...files: string[]) {
  for (const [index, rego] of files.entries()) await writeFile(join(folder, `f${index}.rego`), rego);
  return await perToolRules(opa, folder, (await readSources(folder)).files);
}

test("warns of more than fifty rules of one name that look at the tool", async () => {
  const [warned, ...more] = await found(`package a.b\n\n${rules(51, keyed)}`);
  expect(more).toEqual([]);
  expect(warned).toEqual({ rule: "data.a.b.deny", count: 51, file: "f0.rego", line: 3 });
  expect(asLine(perToolRulesWarning(warned!))).toContain("f0.rego:3: 51 rules named data.a.b.deny");
});

test("counts rules of one package in several files, by tool or by resource", async () => {
  const byId = (index: number): string => `{\n\tt := input.resource.id\n\tt == "s/t${index}"\n}`;
  const [warned] = await found(`package a\n\n${rules(26, keyed)}`, `package a\n\n${rules(26, byId)}`);
  expect(warned?.count).toBe(52);
});

test("says nothing of fifty, of rules that look at something else, or of one rule that looks often", async () => {
  expect(await found(`package a\n\n${rules(50, keyed)}`)).toEqual([]);
  expect(await found(`package a\n\n${rules(60, (index) => `input.resource.type == "t${index}"`)}`)).toEqual([]);
  const often = Array.from({ length: 60 }, (_, index) => `\t${keyed(index)}`).join("\n");
  expect(await found(`package a\n\nallow if {\n${often}\n}\n`)).toEqual([]);
});
