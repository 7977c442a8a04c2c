import type { DataPath, Definition } from "./definitions.ts";

interface Node {
  readonly below: Map<string, Node>;
  readonly definitions: Definition[];
}

/** Definitions by path; finds those that a reference may read. */
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

  /** The definitions at the path, above it and below it. */
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
  const visited = new Set<string>();
  const waiting: DataPath[] = [...entrypoints];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const key = JSON.stringify(path);
    if (visited.has(key)) continue;
    visited.add(key);
    for (const definition of tree.touchedBy(path)) {
      if (reached.has(definition) || isAboveRulePlace(definition, path)) continue;
      reached.add(definition);
      waiting.push(...definition.references.map((reference) => reference.path));
    }
  }
  return reached;
}

/** Where `main` collects rules: `data.sallyport.rules.<topic>.<rule>` and `data.sallyport.tools.<server>.<tool>`. Either may be empty. */
export const RULE_ROOTS: readonly (readonly string[])[] = [
  ["sallyport", "rules"],
  ["sallyport", "tools"],
];
const NAMES_BELOW_ROOT = 2;

/** The rule package that a path leads into, and the name below it: what a definition exports or a reference reads. */
interface RuleExport {
  readonly rule: DataPath;
  /** e.g. "deny" */
  readonly name: string;
}

/** The export that a path names; null for a path that leads into no rule package or names nothing in it. */
export function exportOf(path: DataPath): RuleExport | null {
  const place = placeOf(path);
  if (place === null) return null;
  const end = place.length + NAMES_BELOW_ROOT;
  const name = path[end];
  return typeof name === "string" ? { rule: path.slice(0, end), name } : null;
}

/**
 * Whether the wildcards of a reference match the definition only by name: `rules[_][_].deny` reads packages two names below
 * the root, and not rules of a package that lies higher.
 */
function isAboveRulePlace({ path }: Definition, reference: DataPath): boolean {
  const place = placeOf(path);
  return place !== null && path.length <= place.length + NAMES_BELOW_ROOT && reference[path.length - 1] === null;
}

function placeOf(path: DataPath): readonly string[] | null {
  return RULE_ROOTS.find((place) => place.every((name, index) => path[index] === name)) ?? null;
}
