import type { Value } from "../value.ts";
import { RegoObject } from "../value.ts";
import { isArray, stringAt } from "./operands.ts";
import { ModuleReader } from "./rego/module.ts";
import { moduleValue } from "./rego/tree.ts";
import type { Builtin } from "./types.ts";
import { BuiltinError } from "./types.ts";

/** Of objects and arrays within one another in a tree; whoever takes it steps down into them by recursion. */
const MAX_DEPTH = 1_000;

/** Every token is charged when it is read, again when the parser has gone back; and every character once for the tree. */
const parseModule: Builtin = (context, filename, source) => {
  const file = stringAt(1, filename);
  const text = stringAt(1, source).toWellFormed();
  context.charge(1_000 + text.length * 30 + file.length);
  try {
    const module = new ModuleReader(context, text).read();
    if (module === undefined) throw new BuiltinError("rego_parse_error");
    const tree = moduleValue(file, module);
    if (!isShallow(tree)) throw new BuiltinError("rego_parse_error: nested too deeply");
    return tree;
  } catch (error) {
    // A stack that ended: a long chain of operators is read without one, and written with one.
    if (error instanceof RangeError) throw new BuiltinError("rego_parse_error: nested too deeply");
    throw error;
  }
};

/** A thousand additions in a row are a tree a thousand deep, without a bracket. */
function isShallow(tree: Value): boolean {
  let level: readonly Value[] = [tree];
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    level = level.flatMap(children);
    if (level.length === 0) return true;
  }
  return false;
}

function children(value: Value): readonly Value[] {
  if (value instanceof RegoObject) return value.values();
  return isArray(value) ? value : [];
}

export const rego: Readonly<Record<string, Builtin>> = { "rego.parse_module": parseModule };
