import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ModuleTexts, parseModules } from "../../../../gateway/bundles/rule-checks/modules.ts";
import { ParsedModules } from "../../../../gateway/bundles/rule-checks/parsed-modules.ts";
import { opa } from "../../decide/support/compile-rego.ts";

let folder: string;
let counting: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-parsed-"));
  counting = join(folder, "opa");
  await writeFile(counting, `#!/bin/sh\ncat modules.json >> '${join(folder, "runs")}'\nexec '${opa}' "$@"\n`);
  await chmod(counting, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const texts: ModuleTexts = { "b.rego": "package b\n\nq := 1\n", "a.rego": "package a\n\np := 1\n" };

test("an edit has one module parsed, and the modules are as if all were", async () => {
  const modules = new ParsedModules();
  const parsed = async (now: ModuleTexts): Promise<readonly string[]> => {
    await writeFile(join(folder, "runs"), "");
    expect(await modules.parse(counting, now, folder)).toEqual(await parseModules(opa, now, folder));
    const text = await readFile(join(folder, "runs"), "utf8");
    return text === "" ? [] : Object.keys(JSON.parse(text) as object);
  };
  expect(await parsed(texts)).toEqual(["b.rego", "a.rego"]);
  expect(await parsed(texts)).toEqual([]);
  expect(await parsed({ ...texts, "a.rego": "package a\n\np := 2\n" })).toEqual(["a.rego"]);
  expect(await parsed({ "b.rego": texts["b.rego"] ?? "" })).toEqual([]);
  // Gone meanwhile.
  expect(await parsed(texts)).toEqual(["a.rego"]);
});

test("a module that does not parse is left out, and parsed again", async () => {
  const modules = new ParsedModules();
  const broken = { ...texts, "a.rego": "package a\n\np := \n" };
  expect((await modules.parse(opa, broken, folder)).map(({ file }) => file)).toEqual(["b.rego"]);
  expect((await modules.parse(opa, texts, folder)).map(({ file }) => file)).toEqual(["a.rego", "b.rego"]);
});

test("a module in the other version of Rego is another one", async () => {
  const modules = new ParsedModules();
  const old = { "a.rego": "package a\n\np { true }\n" };
  expect(await modules.parse(opa, old, folder)).toEqual([]);
  expect(await modules.parse(opa, old, folder, new Set(["a.rego"]))).toHaveLength(1);
  expect(await modules.parse(opa, old, folder)).toEqual([]);
});
