import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readArchive } from "../../../gateway/bundles/archive/archive.ts";
import { compileSources } from "../../../gateway/bundles/build/compile.ts";
import { isSource, readSources } from "../../../gateway/bundles/sources.ts";
import type { Projections } from "../../../gateway/domain/ports.ts";
import { readOnlyPolicy } from "../../support/policy-copy.ts";

export interface BuiltPolicy {
  /** The starter policy without its tests, for an OPA server. */
  readonly folder: string;
  readonly wasm: Uint8Array;
  readonly data: Readonly<Record<string, unknown>>;
  readonly projections: Projections;
}

const rego = readOnlyPolicy();

/** Folders of rules that look into the arguments of a call, and of what only they use. */
const readingArguments: readonly string[] = [
  "sallyport/lib/meant/",
  "sallyport/lib/provenance/",
  "sallyport/rules/arguments/",
  "sallyport/rules/destinations/told/",
  "sallyport/rules/envoy/",
  "sallyport/rules/exfiltration/",
  "sallyport/rules/local/",
  "sallyport/rules/mcp/",
  "sallyport/rules/provenance/",
  "sallyport/rules/reversibility/",
];

/** Whoever is asked about a call sees its arguments, and the main rule may ask. */
const ask = "sallyport/lib/ask/ask.rego";
const shown = /^_summary := .*\n(?:[\t}].*\n)*(?![^])/m;

/** Whether a call sends data out may depend on where the values of its arguments come from. */
const sinks = "sallyport/lib/sinks/sinks.rego";
const byValues = /^stays_inside if \{\n(?:\t.*\n)*\tis_array\(input\.context\.provenance\)\n(?:\t.*\n)*\}\n/m;

/**
 * The starter policy, built as the gateway builds it. Without `readsArguments`, no rule of it looks into the arguments of a call.
 * @throws Error when opa is missing
 */
export async function buildPolicy(dir: string, { readsArguments = true } = {}): Promise<BuiltPolicy> {
  const folder = join(dir, "rego");
  const without = readsArguments ? [] : readingArguments;
  await mkdir(folder, { recursive: true });
  for (const { path } of (await readSources(rego)).files) {
    // Golden cases decide about activation; to an OPA server they are no data.
    if (isSource(path) && !["golden/", ...without].some((start) => path.startsWith(start)))
      await cp(join(rego, path), join(folder, path), { recursive: true });
  }
  if (!readsArguments) {
    await change(join(folder, ask), (text) => text.replace("import data.sallyport.lib.summary\n", ""));
    await change(join(folder, ask), (text) => text.replace(shown, "_summary := input.resource.id\n"));
    await change(join(folder, sinks), (text) => text.replace(byValues, ""));
  }
  const { archive } = await compileSources("opa", await readSources(folder), join(dir, "built"));
  const { wasm, data, projections } = await readArchive(archive);
  return { folder, wasm, data, projections };
}

/** @throws Error when nothing is changed: what is left out here does not stand there any more */
async function change(file: string, to: (text: string) => string): Promise<void> {
  const text = await readFile(file, "utf8");
  if (to(text) === text) throw new Error(`${file} does not contain the text that is left out here`);
  await writeFile(file, to(text));
}

export const policyPath = "sallyport/main/decision";

export async function readDocument<Value>(file: string): Promise<Value> {
  return JSON.parse(await readFile(file, "utf8")) as Value;
}
