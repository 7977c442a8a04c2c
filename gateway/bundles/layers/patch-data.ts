import type { JsonValue } from "../../lib/json.ts";

/** One operation of patch.json (https://www.openpolicyagent.org/docs/management-bundles#delta-bundle-file-format). */
export interface PatchOperation {
  /** As it is written; only `upsert`, `remove` and `replace` are known. */
  readonly op: string;
  readonly path: string;
  readonly value: JsonValue;
}

/** An operation does not fit the data. The message names it by number and path. */
export class UnfitPatch extends Error {
  override readonly name = "UnfitPatch";
}

type Mapping = Record<string, unknown>;

/**
 * The data as the operations make them, one after the other, as OPA's store applies them: `upsert` makes mappings on its way and inserts into
 * lists, where `-` is the end; `remove` and `replace` need what they are about. `data` is not changed.
 * @throws UnfitPatch
 */
export function patchedData(data: unknown, operations: readonly PatchOperation[]): unknown {
  const root = changeable(data) as Mapping;
  operations.forEach((operation, index) => {
    const problem = apply(root, operation);
    if (problem === null) return;
    const { op, path } = operation;
    throw new UnfitPatch(`operation ${index + 1} of patch.json (${op} ${path}) ${problem}`);
  });
  return root;
}

/** A copy in which any name can be set: mappings without a prototype. */
function changeable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(changeable);
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.create(null) as Mapping;
  for (const [name, below] of Object.entries(value)) copy[name] = changeable(below);
  return copy;
}

/** @returns why it does not fit; null when it was applied */
function apply(root: Mapping, { op, path, value }: PatchOperation): string | null {
  if (op !== "upsert" && op !== "remove" && op !== "replace") return "is none of upsert, remove and replace";
  const steps = stepsOf(path);
  if (steps === null) return "has a path that cannot be read";
  const last = steps.pop();
  if (last === undefined) return "has an empty path";
  const found = valueAt(root, steps);
  const parent = found === undefined && op === "upsert" ? mappingAt(root, steps) : found;
  const given = changeable(value);
  if (parent === undefined) return "is about what is not there";
  if (Array.isArray(parent)) return inList(parent, last, op, given);
  if (typeof parent !== "object" || parent === null) return "lies below what is no mapping";
  if (op !== "upsert" && !(last in parent)) return "is about what is not there";
  if (op === "remove") delete (parent as Mapping)[last];
  else (parent as Mapping)[last] = given;
  return null;
}

/** OPA takes percent-encoding and the escapes of RFC 6901. */
function stepsOf(path: string): string[] | null {
  const trimmed = trimmedPath(path);
  if (trimmed === "") return [];
  try {
    return trimmed.split("/").map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"));
  } catch {
    return null;
  }
}

/** Without slashes at either end. */
export function trimmedPath(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}

/** Undefined where there is nothing, and for null, below which there is nothing. */
function valueAt(root: unknown, steps: readonly string[]): unknown {
  let value = root;
  for (const step of steps) {
    if (Array.isArray(value)) value = value[placeIn(value, step) ?? -1] as unknown;
    else if (typeof value === "object" && value !== null && step in value) value = (value as Mapping)[step];
    else return undefined;
  }
  return value ?? undefined;
}

/** Makes the mappings that are missing. Null where something else is in the way. */
function mappingAt(root: Mapping, steps: readonly string[]): Mapping | null {
  let at = root;
  for (const step of steps) {
    if (!(step in at)) at[step] = Object.create(null) as Mapping;
    const below = at[step];
    if (typeof below !== "object" || below === null || Array.isArray(below)) return null;
    at = below as Mapping;
  }
  return at;
}

function inList(list: unknown[], step: string, op: "upsert" | "remove" | "replace", value: unknown): string | null {
  if (op === "upsert" && (step === "-" || step === String(list.length))) {
    list.push(value);
    return null;
  }
  const place = placeIn(list, step);
  if (place === null) return "names no place of the list";
  if (op === "upsert") list.splice(place, 0, value);
  else if (op === "remove") list.splice(place, 1);
  else list[place] = value;
  return null;
}

function placeIn(list: readonly unknown[], step: string): number | null {
  return /^(?:0|[1-9]\d{0,8})$/.test(step) && Number(step) < list.length ? Number(step) : null;
}
