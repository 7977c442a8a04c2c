import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";

/** Where in the syntax tree of a module something is: the keys that lead there. */
export type TreePath = readonly (string | number)[];

/** One module as `rego.parse_module` gives it (https://www.openpolicyagent.org/docs/policy-reference/builtins/rego). */
export interface Module {
  /** Below the policy folder. */
  readonly file: string;
  readonly tree: JsonObject;
}

export function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return value !== undefined && isJsonObject(value) ? value[name] : undefined;
}

export function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

/** The name of a variable term; null for any other term. */
export function variable(term: JsonValue | undefined): string | null {
  const name = member(term, "value");
  return member(term, "type") === "var" && typeof name === "string" ? name : null;
}

/** The text of a string term; null for any other term. */
export function text(term: JsonValue | undefined): string | null {
  const value = member(term, "value");
  return member(term, "type") === "string" && typeof value === "string" ? value : null;
}

/** The constant names of a package or of an import, without its root (`data`, `input`). */
export function pathBelowRoot(path: JsonValue | undefined): readonly string[] {
  return list(path)
    .slice(1)
    .map((part) => text(part) ?? "");
}

/** Calls `visit` with every object of a tree, parents first; `visit` returns false to leave out what is below. */
export function walk(
  value: JsonValue | undefined,
  at: TreePath,
  visit: (node: JsonObject, at: TreePath) => boolean,
): void {
  if (typeof value !== "object" || value === null) return;
  if (isJsonObject(value) && !visit(value, at)) return;
  const isList = Array.isArray(value);
  for (const [key, part] of Object.entries(value)) walk(part, [...at, isList ? Number(key) : key], visit);
}
