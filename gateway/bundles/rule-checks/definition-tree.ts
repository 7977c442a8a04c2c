import type { DataPath, Definition } from "./definitions.ts";

interface Node {
  readonly below: Map<string, Node>;
  readonly definitions: Definition[];
}

/** Definitions by their path, to be asked which of them a reference may read. */
export class DefinitionTree {
  readonly #root: Node = { below: new Map(), definitions: [] };

  constructor(definitions: readonly Definition[]) {
    for (const definition of definitions) {
      let node = this.#root;
      for (const name of definition.path) {
        const next = node.below.get(name) ?? { below: new Map<string, Node>(), definitions: [] };
        node.below.set(name, next);
        node = next;
      }
      node.definitions.push(definition);
    }
  }

  /** The rules that the path leads to, through, or above. */
  touchedBy(path: DataPath): Definition[] {
    const found: Definition[] = [];
    let level: readonly Node[] = [this.#root];
    for (const step of path) {
      level = level.flatMap((node) => {
        if (step === null) return [...node.below.values()];
        const next = node.below.get(step);
        return next === undefined ? [] : [next];
      });
      for (const { definitions } of level) found.push(...definitions);
    }
    while (level.length > 0) {
      level = level.flatMap((node) => [...node.below.values()]);
      for (const { definitions } of level) found.push(...definitions);
    }
    return found;
  }
}

/** All definitions that an answer to `entrypoints` may depend on. */
export function reachedFrom(entrypoints: readonly DataPath[], tree: DefinitionTree): ReadonlySet<Definition> {
  const reached = new Set<Definition>();
  const asked = new Set<string>();
  const waiting: DataPath[] = [...entrypoints];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const key = JSON.stringify(path);
    if (asked.has(key)) continue;
    asked.add(key);
    for (const definition of tree.touchedBy(path)) {
      if (reached.has(definition) || liesTooHigh(definition, path)) continue;
      reached.add(definition);
      waiting.push(...definition.references.map((reference) => reference.path));
    }
  }
  return reached;
}

/** Where `main` looks for rules: `data.sallyport.rules.<topic>.<rule>` and `data.sallyport.tools.<server>.<tool>`. Either may be empty. */
export const RULE_PLACES: readonly (readonly string[])[] = [
  ["sallyport", "rules"],
  ["sallyport", "tools"],
];
const NAMES_BELOW = 2;

/** The rule that a path leads into, and what of it: of a definition, what it answers; of a reference, what it asks. */
interface RuleExport {
  readonly rule: DataPath;
  /** e.g. "deny" */
  readonly name: string;
}

/** Null for a path that leads into no rule, or does not say what of it is meant. */
export function exportOf(path: DataPath): RuleExport | null {
  const place = placeOf(path);
  if (place === null) return null;
  const end = place.length + NAMES_BELOW;
  const name = path[end];
  return typeof name === "string" ? { rule: path.slice(0, end), name } : null;
}

/**
 * Whether a reference cannot mean the definition although the wildcards of one fit the names of the other: `rules[_][_].deny`
 * asks packages two names below the place, and not the rules of one that lies higher.
 */
function liesTooHigh({ path }: Definition, reference: DataPath): boolean {
  const place = placeOf(path);
  return place !== null && path.length <= place.length + NAMES_BELOW && reference[path.length - 1] === null;
}

function placeOf(path: DataPath): readonly string[] | null {
  return RULE_PLACES.find((place) => place.every((name, index) => path[index] === name)) ?? null;
}
