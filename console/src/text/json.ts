import type { JsonObject, JsonValue } from "../api/types.ts";
import { type Warning, warningsOf } from "./warnings.ts";

export interface Leaf {
  /** RFC 6901 JSON pointer. */
  readonly pointer: string;
  readonly key: string;
  readonly value: JsonValue;
}

/** Every scalar and every empty container, with its pointer, in order. */
export function leaves(value: JsonValue, pointer = "", key = ""): Leaf[] {
  const entries = entriesOf(value);
  if (entries.length === 0) return [{ pointer, key, value }];
  return entries.flatMap(([name, inner]) =>
    leaves(inner, `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, name),
  );
}

export function entriesOf(value: JsonValue): [string, JsonValue][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

export function jsonWarnings(value: JsonValue): Warning[] {
  return leaves(value).flatMap(({ pointer, value: leaf }) => [
    ...warningsOf(pointer, pointer),
    ...(typeof leaf === "string" ? warningsOf(leaf, pointer) : []),
  ]);
}

export interface Change {
  readonly pointer: string;
  readonly kind: "added" | "removed" | "changed";
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

/** What differs between two trees, value by value. */
export function changes(before: JsonObject, after: JsonObject): Change[] {
  const old = new Map(leaves(before).map((leaf) => [leaf.pointer, leaf.value]));
  const fresh = new Map(leaves(after).map((leaf) => [leaf.pointer, leaf.value]));
  const pointers = new Set([...old.keys(), ...fresh.keys()]);
  return [...pointers].flatMap((pointer): Change[] => {
    const [was, is] = [old.get(pointer), fresh.get(pointer)];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    return [
      { pointer, kind: was === undefined ? "added" : is === undefined ? "removed" : "changed", before: was, after: is },
    ];
  });
}

/** Walks down by names; null when any step is absent. */
export function at(value: JsonValue | undefined, ...path: readonly string[]): JsonValue {
  let here: JsonValue = value ?? null;
  for (const name of path) {
    if (typeof here !== "object" || here === null || Array.isArray(here)) return null;
    here = (here as JsonObject)[name] ?? null;
  }
  return here;
}

export function textAt(value: JsonValue | undefined, ...path: readonly string[]): string | null {
  const found = at(value, ...path);
  if (found === null || found === "") return null;
  return typeof found === "object" ? JSON.stringify(found) : String(found);
}

export function listAt(value: JsonValue | undefined, ...path: readonly string[]): readonly JsonValue[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

export function bytesText(count: number): string {
  return `${count.toLocaleString("en")} ${count === 1 ? "byte" : "bytes"}`;
}
