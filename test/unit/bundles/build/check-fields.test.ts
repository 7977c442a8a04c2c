import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkFields, checkTogether, type FieldCheck } from "../../../../gateway/bundles/build/check-fields.ts";
import { writeSources } from "../../../../gateway/bundles/build/write-sources.ts";
import type { BuildCache } from "../../../../gateway/bundles/cache/build-cache.ts";
import type { SourceFile } from "../../../../gateway/bundles/sources.ts";
import { opa } from "../../decide/support/compile-rego.ts";

const RULES = 500;
const common = {
  "sallyport/sallyport.rego":
    "# METADATA\n# scope: subpackages\n# schemas:\n#   - input: schema.input\npackage sallyport\n",
  "sallyport/main/main.rego": "package sallyport.main\n\ndenials contains data.sallyport.rules[_][_].deny[_]\n",
  "schemas/input.json": '{"type": "object", "properties": {"tool": {"type": "string"}}, "additionalProperties": false}',
};
let folder: string;
let counting: string;
let round: number;
const known = new Set<string>();
const cache: BuildCache = {
  get: async (kind, parts) => (known.has(JSON.stringify([kind, parts])) ? Buffer.alloc(0) : null),
  put: async (kind, parts) => void known.add(JSON.stringify([kind, parts])),
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-fields-"));
  counting = join(folder, "opa");
  await writeFile(counting, `#!/bin/sh\necho run >> '${join(folder, "runs")}'\nexec '${opa}' "$@"\n`);
  await chmod(counting, 0o755);
  round = 0;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function policy(edited: string): SourceFile[] {
  const texts: Record<string, string> = { ...common };
  for (let index = 0; index < RULES; index += 1)
    texts[`sallyport/rules/bench/r${index}.rego`] =
      `package sallyport.rules.bench.r${index}\n\ndeny contains input.tool if ${index === 7 ? edited : "input.tool"}\n`;
  return Object.entries(texts).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
}

async function checkOf(files: SourceFile[]): Promise<FieldCheck> {
  const workspace = join(folder, `round-${(round += 1)}`);
  const source = join(workspace, "source");
  await mkdir(workspace);
  await writeSources(files, source);
  await writeFile(join(folder, "runs"), "");
  return { opa: counting, sources: { files, revision: "" }, source, workspace, cache };
}

/** Whether OPA saw everything, and how often it was run. */
async function checked(files: SourceFile[]): Promise<readonly [together: boolean, runs: number]> {
  const together = await checkFields(await checkOf(files));
  return [together, (await readFile(join(folder, "runs"), "utf8")).length / "run\n".length];
}

test("many rules are checked in parts, an edit checks its own again, and a field that does not exist is named as by the whole", async () => {
  expect(await checked(policy("input.tool"))).toEqual([false, 2]);
  expect(await checked(policy("input.tool"))).toEqual([false, 0]);
  expect(await checked(policy('input.tool == "a"'))).toEqual([false, 1]);
  await expect(checked(policy("input.tol"))).rejects.toMatchObject({
    locations: [
      { file: "sallyport/rules/bench/r7.rego", line: 3, message: expect.stringContaining("undefined ref: input.tol") },
    ],
  });
});

test("data in the path of a rule are seen where all files are checked together, and not in parts", async () => {
  const data = { path: "sallyport/rules/bench/r7/data.json", bytes: Buffer.from('{"deny": []}') };
  const check = await checkOf([...policy("input.tool"), data]);
  expect(await checkFields(check)).toBe(false);
  await expect(checkTogether(check)).rejects.toThrow("conflicting rule for data path sallyport/rules/bench/r7/deny");
});
