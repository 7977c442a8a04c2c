import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { type OpaCommand, runOpaHere } from "../build/opa.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** A position in the syntax tree of a module: the keys that lead there. */
export type TreePath = readonly (string | number)[];

/** One module as `rego.parse_module` gives it (https://www.openpolicyagent.org/docs/policy-reference/builtins/rego). */
export interface Module {
  /** Path below the policy folder. */
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

/** The names of a package or of an import without the root (`data`, `input`). */
export function pathBelowRoot(path: JsonValue | undefined): readonly string[] {
  return list(path)
    .slice(1)
    .map((part) => text(part) ?? "");
}

/** Calls `visit` with every object of a tree, parents first; `visit` returns false to skip the children. */
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

/** Rego text by path below the policy folder. */
export type ModuleTexts = Readonly<Record<string, string>>;

const QUERY = "{file: rego.parse_module(file, text) | some file, text in input}";

/**
 * Parses all modules by one run of `opa` in `workspace`, and those of `old`, which are written in Rego v0, one by one. Modules
 * that this OPA cannot parse are left out. @throws BundleFailure
 */
export async function parseModules(
  opa: OpaCommand,
  texts: ModuleTexts,
  workspace: string,
  old: ReadonlySet<string> = new Set(),
): Promise<Module[]> {
  const current = Object.fromEntries(Object.entries(texts).filter(([file]) => !old.has(file)));
  await writeFile(join(workspace, "modules.json"), JSON.stringify(current));
  const args = ["eval", "--format", "raw", "--input", "./modules.json", QUERY];
  const trees = parseJson(await runOpaHere(opa, args, workspace, "compile")) as JsonObject;
  const parsed = Object.entries(trees).flatMap(([file, tree]) =>
    tree !== undefined && isJsonObject(tree) ? [{ file, tree }] : [],
  );
  for (const file of old) {
    const text = texts[file];
    if (text !== undefined)
      parsed.push({ file, tree: await parsedWithPlaces(opa, { file, text, isOld: true }, workspace) });
  }
  return parsed;
}

interface ModuleText {
  readonly file: string;
  readonly text: string;
  /** Whether it is written in Rego v0. */
  readonly isOld: boolean;
}

/** Finds line numbers in one module. `rego.parse_module` gives none, so `opa parse` reads the few files that need them. */
export async function lineFinder(
  opa: OpaCommand,
  module: ModuleText,
  workspace: string,
): Promise<(at: TreePath) => number> {
  const tree = await parsedWithPlaces(opa, module, workspace);
  return (at) => lineOf(tree, at);
}

/** The syntax tree of one module, with the line and column of each node. @throws BundleFailure */
export async function parsedWithPlaces(
  opa: OpaCommand,
  { file, text, isOld }: ModuleText,
  workspace: string,
): Promise<JsonObject> {
  const path = join(workspace, "modules", file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  const version = isOld ? ["--v0-compatible"] : [];
  const args = ["parse", ...version, "--format", "json", "--json-include", "locations", `./modules/${file}`];
  return parseJson(await runOpaHere(opa, args, workspace, "compile")) as JsonObject;
}

/** The line of the innermost node on the path that has one. */
function lineOf(tree: JsonValue, at: TreePath): number {
  let [node, line]: [JsonValue | undefined, number] = [tree, 1];
  for (const key of at) {
    node = typeof key === "number" ? list(node)[key] : member(node, key);
    const row = member(member(node, "location"), "row");
    if (typeof row === "number" && row > 0) line = row;
  }
  return line;
}
