import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectChanged } from "../../../../gateway/bundles/build/inspect-changed.ts";
import { inspectRules } from "../../../../gateway/bundles/build/rule-metadata.ts";
import { writeSources } from "../../../../gateway/bundles/build/write-sources.ts";
import { opa } from "../../decide/support/compile-rego.ts";

let folder: string;
let counting: string;
let round = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-inspected-"));
  counting = join(folder, "opa");
  await writeFile(counting, `#!/bin/sh\nls -R | grep rego >> '${join(folder, "runs")}'\nexec '${opa}' "$@"\n`);
  await chmod(counting, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function rule(name: string, code: string): string {
  return `package sallyport.rules.bench.${name}\n\n# METADATA\n# title: ${name}\n# custom:\n#   code: ${code}\n#   optional: [data.${name}]\ndeny contains 1\n`;
}

/** The files that OPA saw, and whether what came out is what it says of all. */
async function inspected(texts: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const workspace = join(folder, `round-${(round += 1)}`);
  const source = join(workspace, "source");
  await mkdir(workspace);
  const files = Object.entries(texts).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
  await writeSources(files, source);
  await writeFile(join(folder, "runs"), "");
  const found = await inspectChanged(counting, { files, source, workspace });
  const seen = (await readFile(join(folder, "runs"), "utf8")).split("\n").filter((line) => line !== "");
  expect(found).toEqual(await inspectRules(opa, ".", source, "compile"));
  return seen.map((name) => name.replace(/^.*\//, ""));
}

test("an edit has one file looked at, and what is known is what OPA says of all files", async () => {
  const texts = { "a/a.rego": rule("a", "A"), "b/b.rego": rule("b", "B"), "words/data.json": "{}" };
  expect(await inspected(texts)).toEqual(["a.rego", "b.rego"]);
  expect(await inspected(texts)).toEqual([]);
  expect(await inspected({ ...texts, "b/b.rego": rule("b", "OTHER") })).toEqual(["b.rego"]);
  expect(await inspected({ "a/a.rego": texts["a/a.rego"] })).toEqual([]);
  // The same text under another name tells another place.
  expect(await inspected({ ...texts, "c/c.rego": rule("c", "C"), "d/b.rego": rule("d", "D") })).toEqual([
    "c.rego",
    "b.rego",
  ]);
});

test("another OPA at the same path looks at every file anew", async () => {
  const texts = { "a/a.rego": rule("a", "SAME"), "b/b.rego": rule("b", "SAME") };
  expect(await inspected(texts)).toEqual(["a.rego", "b.rego"]);
  expect(await inspected(texts)).toEqual([]);
  await writeFile(counting, `${await readFile(counting, "utf8")}# another\n`);
  expect(await inspected(texts)).toEqual(["a.rego", "b.rego"]);
});

test("a mistake in METADATA is told of a file that is known too", async () => {
  const texts = { "a/a.rego": rule("a", "A"), "x/x.rego": rule("x", "not-a-code") };
  await expect(inspected(texts)).rejects.toThrow("x/x.rego:8: METADATA custom.code");
  await expect(inspected(texts)).rejects.toThrow("x/x.rego:8: METADATA custom.code");
});
