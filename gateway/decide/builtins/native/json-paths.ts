import type { Value } from "../../value.ts";
import { RegoObject, RegoSet } from "../../value.ts";
import { parsePaths } from "../json/path.ts";
import { isArray, objectAt } from "../operands.ts";
import type { Builtin, BuiltinContext } from "../types.ts";

/** Paths as a tree: a branch is an object, null its end. A path that another one ends above is not followed further. */
function treeOf(context: BuiltinContext, paths: Value | undefined): RegoObject {
  const root = new RegoObject();
  for (const path of parsePaths(paths)) {
    context.charge(5 + path.length * 10);
    let node: Value = root;
    for (const [depth, key] of path.entries()) {
      if (!(node instanceof RegoObject)) break;
      if (depth === path.length - 1) {
        node.set(key, null);
        break;
      }
      const child: Value | undefined = node.get(key);
      const next: Value = child === undefined ? new RegoObject() : child;
      if (child === undefined) node.set(key, next);
      node = next;
    }
  }
  return root;
}

/** What the tree names, and nothing else. */
function keep(context: BuiltinContext, value: Value, tree: Value): Value {
  context.charge(5);
  if (!(tree instanceof RegoObject)) return value;
  if (isArray(value)) {
    return value.flatMap((item, index): Value[] => {
      const branch = tree.get(String(index));
      return branch === undefined ? [] : [keep(context, item, branch)];
    });
  }
  if (value instanceof RegoSet) {
    return RegoSet.from(
      value.values().flatMap((item): Value[] => {
        const branch = tree.get(item);
        return branch === undefined ? [] : [keep(context, item, branch)];
      }),
    );
  }
  if (!(value instanceof RegoObject)) return value;
  const kept = new RegoObject();
  for (const [key, item] of value.entries()) {
    const branch = tree.get(key);
    if (branch !== undefined) kept.set(key, keep(context, item, branch));
  }
  return kept;
}

/** Everything but what the tree names; undefined when the whole value is named. */
function drop(context: BuiltinContext, value: Value, tree: Value | undefined): Value | undefined {
  context.charge(5);
  if (tree === null) return undefined;
  if (!(tree instanceof RegoObject)) return value;
  if (isArray(value)) {
    return value.flatMap((item, index) => listOf(drop(context, item, tree.get(String(index)))));
  }
  if (value instanceof RegoSet) {
    return RegoSet.from(value.values().flatMap((item) => listOf(drop(context, item, tree.get(item)))));
  }
  if (!(value instanceof RegoObject)) return value;
  const kept = new RegoObject();
  for (const [key, item] of value.entries()) {
    const rest = drop(context, item, tree.get(key));
    if (rest !== undefined) kept.set(key, rest);
  }
  return kept;
}

function listOf(value: Value | undefined): Value[] {
  return value === undefined ? [] : [value];
}

export const jsonFilter: Builtin = (context, object, paths) =>
  keep(context, objectAt(1, object), treeOf(context, paths));

export const jsonRemove: Builtin = (context, object, paths) =>
  drop(context, objectAt(1, object), treeOf(context, paths));
