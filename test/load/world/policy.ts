import { cp, mkdir, readFile } from "node:fs/promises";
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
export const readingArguments: readonly string[] = [
  "sallyport/lib/ask/",
  "sallyport/lib/provenance/",
  "sallyport/rules/arguments/",
  "sallyport/rules/destinations/told/",
  "sallyport/rules/envoy/",
  "sallyport/rules/exfiltration/",
  "sallyport/rules/provenance/",
  "sallyport/rules/reversibility/",
];

/** The starter policy, without some of its folders, built as the gateway builds it. @throws Error when opa is missing */
export async function buildPolicy(dir: string, without: readonly string[] = []): Promise<BuiltPolicy> {
  const folder = join(dir, "rego");
  await mkdir(folder, { recursive: true });
  for (const { path } of (await readSources(rego)).files) {
    // Golden cases decide about activation; to an OPA server they are no data.
    if (isSource(path) && !["golden/", ...without].some((start) => path.startsWith(start)))
      await cp(join(rego, path), join(folder, path), { recursive: true });
  }
  const { archive } = await compileSources("opa", await readSources(folder), join(dir, "built"));
  const { wasm, data, projections } = await readArchive(archive);
  return { folder, wasm, data, projections };
}

export const policyPath = "sallyport/main/decision";

export async function readDocument<Value>(file: string): Promise<Value> {
  return JSON.parse(await readFile(file, "utf8")) as Value;
}
