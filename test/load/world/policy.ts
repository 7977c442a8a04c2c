import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readArchive } from "../../../gateway/bundles/archive.ts";
import { compileSources } from "../../../gateway/bundles/compile.ts";
import { isSource, readSources } from "../../../gateway/bundles/sources.ts";

export interface BuiltPolicy {
  /** The starter policy without its tests, for an OPA server. */
  readonly folder: string;
  readonly wasm: Uint8Array;
  readonly data: Readonly<Record<string, unknown>>;
}

const rego = fileURLToPath(new URL("../../../rego", import.meta.url));

/** The starter policy, built as the gateway builds it. @throws Error when opa is missing */
export async function buildPolicy(dir: string): Promise<BuiltPolicy> {
  const folder = join(dir, "rego");
  await mkdir(folder, { recursive: true });
  for (const { path } of (await readSources(rego)).files) {
    // Golden cases decide about activation; to an OPA server they are no data.
    if (isSource(path) && !path.startsWith("golden/"))
      await cp(join(rego, path), join(folder, path), { recursive: true });
  }
  const { archive } = await compileSources("opa", await readSources(folder), join(dir, "built"));
  const { wasm, data } = await readArchive(archive);
  return { folder, wasm, data };
}

export const policyPath = "sallyport/main/decision";

export async function readDocument<Value>(file: string): Promise<Value> {
  return JSON.parse(await readFile(file, "utf8")) as Value;
}
