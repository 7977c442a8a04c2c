import { type JsonObject, type JsonValue } from "./json.ts";
import { JsonReader, UnreadJson } from "./json-reader.ts";
import { parseJson } from "./parse-json.ts";

/** What is wanted of an object: of each member named, all, or what is wanted of it. */
export type WantedParts = ReadonlyMap<string, WantedParts | "whole">;

/** At these paths: all of what is there, or only of which kind it is. */
export function wantedAt(paths: Iterable<readonly string[]>, what: "whole" | "kind"): WantedParts {
  type Tree = Map<string, Tree | "whole">;
  const root: Tree = new Map();
  for (const path of paths) {
    let tree = root;
    for (const [index, name] of path.entries()) {
      const below = tree.get(name) ?? new Map<string, Tree | "whole">();
      if (below === "whole") break;
      const isWhole = what === "whole" && index === path.length - 1;
      tree.set(name, isWhole ? "whole" : below);
      tree = below;
    }
  }
  return root;
}

/** Bytes up to which objects of everything are made sooner than most of it is read over. */
const SMALL_BYTES = 1024 * 1024;

/** As `jsonParts`; null also for few bytes, of which objects may be made. */
export function partsOfLarge(bytes: Uint8Array, wanted: WantedParts): JsonObject | null {
  return bytes.length > SMALL_BYTES ? jsonParts(bytes, wanted) : null;
}

/**
 * The wanted parts of an object in JSON; of the rest no objects are made. Where a value is there of which nothing is wanted, an object or a list is
 * empty. Null for what is no object, or what `JsonReader` does not skip: `parseJson` says more.
 */
export function jsonParts(bytes: Uint8Array, wanted: WantedParts): JsonObject | null {
  try {
    const reader = new JsonReader(bytes);
    if (reader.next !== "object") return null;
    const value = partsOf(reader, wanted);
    reader.end();
    return value as JsonObject;
  } catch (error) {
    if (error instanceof UnreadJson) return null;
    throw error;
  }
}

function partsOf(reader: JsonReader, wanted: WantedParts | "whole", depth = 0): JsonValue {
  const { next, at } = reader;
  if (next === "object" && wanted !== "whole") return membersOf(reader, wanted, depth);
  reader.skip(true, depth);
  if (next === "list" && wanted !== "whole") return [];
  return parseJson(reader.bytes.toString("utf8", at, reader.at)) as JsonValue;
}

function membersOf(reader: JsonReader, wanted: WantedParts, depth: number): JsonObject {
  const found: [string, JsonValue][] = [];
  reader.members((name) => {
    const of = wanted.get(name);
    if (of === undefined) reader.skip(true, depth + 1);
    else found.push([name, partsOf(reader, of, depth + 1)]);
  });
  // Not by assignment: a name may be `__proto__`.
  return Object.fromEntries(found);
}
