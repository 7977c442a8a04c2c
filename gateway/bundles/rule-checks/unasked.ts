import { hash } from "node:crypto";
import { unaskedKinds, type UnaskedKind } from "../../domain/policy-change.ts";
import type { Unasked, UnaskedRules } from "../archive/manifest-known.ts";
import { LOG_ENTRYPOINTS } from "../build/entrypoints.ts";
import { type DataPath, type Definition, DefinitionTree, packageOf, reachedFrom } from "./definitions.ts";
import type { Module, ModuleTexts } from "./modules.ts";

const decision: DataPath = ["sallyport", "main", "decision"];
const entrypoints: Readonly<Record<UnaskedKind, readonly DataPath[]>> = {
  visible: [["sallyport", "main", "visible"]],
  result: [["sallyport", "main", "result"]],
  log: Object.values(LOG_ENTRYPOINTS).map((path) => path.split("/")),
};

/**
 * The rules that decisions about calls do not reach, by what is decided with them. Whole modules stand for them, and those of the packages around
 * them, whose METADATA counts for them too. `parsed`: the modules of `texts` that could be read; the others may be any rules.
 */
export function unaskedOf(parsed: readonly Module[], definitions: readonly Definition[], texts: ModuleTexts): Unasked {
  const tree = new DefinitionTree(definitions);
  const asked = reachedFrom([decision], tree);
  const homes = parsed.map((module) => ({ file: module.file, home: packageOf(module) }));
  const known = new Set(parsed.map(({ file }) => file));
  const unread = Object.keys(texts).filter((file) => !known.has(file));
  const of = (kind: UnaskedKind): UnaskedRules => {
    const apart = [...reachedFrom(entrypoints[kind], tree)].filter((one) => !asked.has(one));
    const around = new Set(apart.flatMap(({ package: home }) => home.map((_, at) => nameOf(home.slice(0, at + 1)))));
    const counted = homes.filter(({ home }) => around.has(nameOf(home)));
    const files = [...new Set([...counted.map(({ file }) => file), ...unread])];
    // By what they say alone: the names of files begin with that of their source, and a draft lies in another folder.
    const said = files.map((file) => texts[file] ?? "").toSorted();
    return {
      modules: `sha256:${hash("sha256", JSON.stringify(said))}`,
      data: dataPaths(apart),
    };
  };
  return Object.fromEntries(unaskedKinds.map((kind) => [kind, of(kind)])) as unknown as Unasked;
}

function nameOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

/** Where they look, up to a name that is only known at evaluation. Paths of rules are there too, and have no data. */
function dataPaths(definitions: readonly Definition[]): string[][] {
  const paths = definitions.flatMap(({ references }) => references.map(({ path }) => constantPart(path)));
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).entries()]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, path]) => path);
}

function constantPart(path: DataPath): string[] {
  const end = path.indexOf(null);
  return path.slice(0, end < 0 ? path.length : end) as string[];
}
