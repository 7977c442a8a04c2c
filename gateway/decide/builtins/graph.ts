import type { Value } from "../value.ts";
import { type RegoObject, RegoSet } from "../value.ts";
import { isArray, objectAt, wrongType } from "./operands.ts";
import type { Builtin, BuiltinContext } from "./types.ts";

function nodesAt(position: number, value: Value | undefined): readonly Value[] {
  if (isArray(value)) return value;
  if (value instanceof RegoSet) return value.values();
  throw wrongType(position, value, "{array, set}");
}

/** Neighbours of a node; anything but an array or set has none. */
function neighbours(edges: Value): readonly Value[] {
  return isArray(edges) ? edges : edges instanceof RegoSet ? edges.values() : [];
}

function textSize(node: Value): number {
  return typeof node === "string" ? node.length : 8;
}

class Paths {
  readonly found = new RegoSet();
  readonly #context: BuiltinContext;
  readonly #graph: RegoObject;

  constructor(context: BuiltinContext, graph: RegoObject) {
    this.#context = context;
    this.#graph = graph;
  }

  from(root: Value): void {
    const edges = this.#graph.get(root);
    if (edges === undefined) return;
    const next = neighbours(edges);
    if (next.length === 0) this.found.add([root]);
    for (const neighbour of next) this.#extend(neighbour, [root], RegoSet.from([root]), textSize(root));
  }

  /** A path ends at a node without neighbours, before a node outside the graph, and before a node it has been to. */
  #extend(node: Value, path: readonly Value[], visited: RegoSet, text: number): void {
    // The path so far is copied, looked through for each neighbour, and written out as a member of the result.
    this.#context.charge(50 + path.length * 40 + text / 8);
    const edges = this.#graph.get(node);
    if (edges === undefined) {
      this.found.add(path);
      return;
    }
    const longer = [...path, node];
    const next = neighbours(edges);
    this.#context.charge(next.length * 5);
    const seen = RegoSet.from([...visited.values(), node]);
    let ends = next.length === 0;
    for (const neighbour of next) {
      if (seen.has(neighbour)) ends = true;
      else this.#extend(neighbour, longer, seen, text + textSize(node));
    }
    if (ends) this.found.add(longer);
  }
}

const reachablePaths: Builtin = (context, graph, initial) => {
  context.charge(10);
  const paths = new Paths(context, objectAt(1, graph));
  for (const root of nodesAt(2, initial)) paths.from(root);
  return paths.found;
};

export const graph: Readonly<Record<string, Builtin>> = { "graph.reachable_paths": reachablePaths };
