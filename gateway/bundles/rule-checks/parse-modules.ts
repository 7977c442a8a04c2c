import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { type OpaCommand, runOpa } from "../run-opa.ts";
import { list, member, type Module, type TreePath } from "./syntax-tree.ts";

/** Path below the policy folder → Rego. */
export type ModuleTexts = Readonly<Record<string, string>>;

const QUERY = "{file: rego.parse_module(file, text) | some file, text in input}";

/** All modules by one run of `opa`, in `workspace`. One that this OPA cannot read is left out. @throws BundleFailure */
export async function parseModules(opa: OpaCommand, texts: ModuleTexts, workspace: string): Promise<Module[]> {
  await writeFile(join(workspace, "modules.json"), JSON.stringify(texts));
  const args = ["eval", "--format", "raw", "--input", "./modules.json", QUERY];
  const trees = JSON.parse(await runOpa(opa, args, workspace, "compile")) as JsonObject;
  return Object.entries(trees).flatMap(([file, tree]) =>
    tree !== undefined && isJsonObject(tree) ? [{ file, tree }] : [],
  );
}

/** Lines of things in one module. `rego.parse_module` has no lines, so `opa parse` reads the few files that need some. */
export async function lineFinder(
  opa: OpaCommand,
  file: string,
  text: string,
  workspace: string,
): Promise<(at: TreePath) => number> {
  const path = join(workspace, "modules", file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  const args = ["parse", "--format", "json", "--json-include", "locations", `./modules/${file}`];
  const tree = JSON.parse(await runOpa(opa, args, workspace, "compile")) as JsonValue;
  return (at) => lineOf(tree, at);
}

/** The line of the innermost thing on the way that has one. */
function lineOf(tree: JsonValue, at: TreePath): number {
  let [node, line]: [JsonValue | undefined, number] = [tree, 1];
  for (const key of at) {
    node = typeof key === "number" ? list(node)[key] : member(node, key);
    const row = member(member(node, "location"), "row");
    if (typeof row === "number" && row > 0) line = row;
  }
  return line;
}
