import { hash } from "node:crypto";
import { join } from "node:path";
import { Recent } from "../../lib/caches.ts";
import type { JsonValue } from "../../lib/json.ts";
import type { SourceFile } from "../sources.ts";
import type { OpaCommand } from "./opa.ts";
import { programOf } from "../cache/identity.ts";
import { annotationsIn, fileOf, type Inspected, inspectedOf } from "./rule-metadata.ts";
import { writeSources } from "./write-sources.ts";

/** Characters of METADATA that are kept. */
const KEPT_CHARACTERS = 8 * 1024 * 1024;

/** The METADATA of a file, by all that it depends on: OPA, the file's name and its text. */
const known = new Recent<readonly JsonValue[]>(
  KEPT_CHARACTERS,
  (key, annotations) => key.length + JSON.stringify(annotations).length,
);

interface ToInspect {
  /** As they lie in `source`. */
  readonly files: readonly SourceFile[];
  readonly source: string;
  /** Folder for what is made meanwhile. */
  readonly workspace: string;
}

/**
 * As `inspectRules` of the folder `source`. Of files that were looked at before, METADATA are known. Two files that say something of one
 * package are refused by `opa build`.
 * @throws BundleFailure
 */
export async function inspectChanged(opa: OpaCommand, { files, source, workspace }: ToInspect): Promise<Inspected> {
  const modules = files.filter(({ path }) => path.endsWith(".rego"));
  const program = await programOf(opa);
  const keys = new Map(modules.map(({ path, bytes }) => [path, keyOf(program, path, bytes)]));
  const before = new Map([...keys].map(([path, key]) => [path, known.get(key)]));
  const changed = modules.filter(({ path }) => before.get(path) === undefined);
  // A manifest says which of them are of another version of Rego.
  const isWhole = changed.length === modules.length || files.some(({ path }) => path === ".manifest");
  const found = isWhole ? await annotationsIn(opa, ".", source, "compile") : await ofChanged(opa, changed, workspace);
  const byFile = Map.groupBy(found, fileOf);
  // A file that OPA calls by another name.
  if ([...byFile.keys()].some((path) => !keys.has(path)))
    return inspectedOf(isWhole ? found : await annotationsIn(opa, ".", source, "compile"), "compile");
  const all = [...keys.keys()].map((path) => byFile.get(path) ?? (isWhole ? undefined : before.get(path)) ?? []);
  // The size of each that is set is taken on this thread, which serves requests.
  for (const { path } of changed) known.set(keys.get(path) ?? "", byFile.get(path) ?? []);
  return inspectedOf(all.flat(), "compile");
}

function keyOf(program: string, path: string, bytes: Uint8Array): string {
  return hash("sha256", JSON.stringify([program, path, hash("sha256", bytes)]));
}

async function ofChanged(
  opa: OpaCommand,
  changed: readonly SourceFile[],
  workspace: string,
): Promise<readonly JsonValue[]> {
  if (changed.length === 0) return [];
  const folder = join(workspace, "changed");
  await writeSources(changed, folder);
  return annotationsIn(opa, ".", folder, "compile");
}
