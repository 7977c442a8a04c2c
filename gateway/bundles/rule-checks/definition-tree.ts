import type { DataPath, Definition } from "./definitions.ts";
import { liesTooHigh } from "./rule-places.ts";

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
