import type { JsonObject, JsonValue } from "../lib/json.ts";
import { escapedStep } from "../lib/json-pointer.ts";

/** A tool that no longer says of itself what it said when it was pinned. */
export interface DefinitionChange {
  readonly server: string;
  readonly tool: string;
  /** Digest of the pinned definition, and of the one seen last, which may be accepted. */
  readonly pinned: string;
  readonly digest: string;
  readonly differences: readonly DefinitionDifference[];
}

export interface DefinitionDifference {
  /** RFC 6901 JSON pointer into the definition. */
  readonly pointer: string;
  /** Absent where the definition has no such value. */
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

/** Members of a tool's definition that a model or a client acts on. */
const meaningful: ReadonlySet<string> = new Set([
  "name",
  "title",
  "description",
  "inputSchema",
  "outputSchema",
  "annotations",
  "execution",
  "icons",
  "_meta",
]);

/** The definition without members that mean nothing; absent and null are the same. */
export function meaningOf(definition: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(definition).filter(([key, value]) => meaningful.has(key) && value !== null));
}

/** What differs between two definitions, value by value. */
export function definitionDifferences(before: JsonObject, after: JsonObject): DefinitionDifference[] {
  const [old, fresh] = [before, after].map((definition) => new Map(leaves(meaningOf(definition), ""))) as [
    Map<string, JsonValue>,
    Map<string, JsonValue>,
  ];
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((pointer) => {
    const [was, is] = [old.get(pointer), fresh.get(pointer)];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    return [{ pointer, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
}

/** Every scalar and every empty container with its pointer. */
function leaves(value: JsonValue, pointer: string): [string, JsonValue][] {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) return [[pointer, value]];
  return entries.flatMap(([name, inner]) => leaves(inner, `${pointer}/${escapedStep(name)}`));
}
