import { isDeepStrictEqual } from "node:util";
import { workerAnswer } from "../../lib/event-loop.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { type Entry, packEntries } from "../archive/entries.ts";
import { BundleFailure } from "../failure.ts";
import { isDataFile } from "../sources.ts";
import { manifestOf, revisionIn } from "./manifest.ts";
import type { DataToPatch, PatchedText } from "./patch-data-worker.ts";
import { type PatchOperation, trimmedPath } from "./patch-data.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** Changes of the data of a bundle. */
export interface DeltaBundle {
  readonly operations: readonly PatchOperation[];
  readonly manifest: JsonObject;
}

type Entries = ReadonlyMap<string, Buffer>;

const patchFile = "patch.json";
const manifestFile = ".manifest";

/** A delta bundle is one that cannot be applied to what is active. */
export class UnfitDelta extends BundleFailure {
  constructor(message: string, cause?: unknown) {
    super("load", message, [], cause);
    this.name = "UnfitDelta";
  }
}

/**
 * Null for an archive without patch.json, which is a snapshot. As with OPA, a delta holds nothing but patch.json and .manifest.
 * @throws BundleFailure
 */
export function deltaIn(entries: Entries): DeltaBundle | null {
  const patch = entries.get(patchFile);
  if (patch === undefined) return null;
  const other = [...entries.keys()].find((path) => isDataFile(path) || /\.(?:rego|wasm)$/.test(path));
  if (other !== undefined)
    throw new BundleFailure("load", `a delta bundle holds patch.json alone, and this one ${other}`);
  const operations = operationsIn(patch.toString("utf8"));
  if (operations.length === 0)
    throw new BundleFailure("load", "patch.json has no operations, so that OPA would take it for an empty bundle");
  const manifest = manifestOf(entries.get(manifestFile));
  const roots = rootsIn(manifest);
  const outside = operations.find(({ path }) => !roots.some((root) => contains(root, trimmedPath(path))));
  if (outside !== undefined)
    throw new BundleFailure(
      "load",
      `patch.json changes ${outside.path}, which is outside the roots ${roots.join(", ")}`,
    );
  return { operations, manifest };
}

function operationsIn(text: string): PatchOperation[] {
  let patch: unknown;
  try {
    patch = parseJson(text);
  } catch {
    throw unreadable();
  }
  const data = isJsonObject(patch) ? (patch["data"] ?? []) : null;
  if (!Array.isArray(data)) throw unreadable();
  return (data as readonly JsonValue[]).map((one) => {
    const { op = "", path = "", value = null } = isJsonObject(one) ? one : { op: null };
    if (typeof op !== "string" || typeof path !== "string") throw unreadable();
    return { op, path, value };
  });
}

function unreadable(): BundleFailure {
  return new BundleFailure("load", "patch.json is no JSON of the form { data: [{ op, path, value }] }");
}

/** Without slashes at either end; the empty one is everything. */
function rootsIn({ roots }: JsonObject): string[] {
  if (roots === undefined || roots === null) return [""];
  if (!Array.isArray(roots) || !roots.every((root) => typeof root === "string"))
    throw new BundleFailure("load", ".manifest: roots is no list of texts");
  return (roots as readonly string[]).map(trimmedPath);
}

function contains(root: string, path: string): boolean {
  return root === "" || path === root || path.startsWith(`${root}/`);
}

/**
 * Writes the bundle that a delta makes of another one: its rules, its data as they are patched, and revision and metadata of the delta.
 * `base`: the files of the bundle that is active; none where none is.
 * @returns the revision, as the delta names it; null when it names none. @throws UnfitDelta
 */
export async function writePatched(base: Entries, { operations, manifest }: DeltaBundle, to: string) {
  const before = manifestOf(base.get(manifestFile));
  if (base.size > 0 && !isSameBundle(before, manifest))
    throw new UnfitDelta("the delta bundle has other roots or modules in its .manifest than the bundle that is active");
  const { revision: _revision, metadata: _metadata, ...kept } = base.size > 0 ? before : manifest;
  const { revision, metadata } = manifest;
  const whole = { ...kept, ...(revision !== undefined && { revision }), ...(metadata !== undefined && { metadata }) };
  const files = [...base].filter(([path]) => !isDataFile(path) && path !== manifestFile);
  const written: readonly (readonly [string, Buffer])[] = [
    ...files,
    ["data.json", Buffer.from(await dataOf(base, operations))],
    [manifestFile, Buffer.from(JSON.stringify(whole))],
  ];
  await packEntries(
    written.map(([path, bytes]): Entry => ({ header: { name: `/${path}` }, bytes })),
    to,
  );
  return revisionIn(manifest);
}

function isSameBundle(one: JsonObject, other: JsonObject): boolean {
  const known = (manifest: JsonObject) => [new Set(rootsIn(manifest)), manifest["wasm"] ?? []];
  return isDeepStrictEqual(known(one), known(other));
}

async function dataOf(base: Entries, operations: readonly PatchOperation[]): Promise<string> {
  const files = [...base].filter(([path]) => isDataFile(path)).map(([path, bytes]) => ({ path, bytes }));
  const worker = new URL("./patch-data-worker.ts", import.meta.url);
  const given: DataToPatch = { files, operations };
  const patched = await workerAnswer<PatchedText>(worker, given, "patches the data");
  if ("problem" in patched) throw new UnfitDelta(patched.problem);
  return patched.text;
}
