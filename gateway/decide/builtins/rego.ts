import { stringAt } from "./operands.ts";
import { ModuleReader } from "./rego/module.ts";
import { moduleValue } from "./rego/tree.ts";
import type { Builtin } from "./types.ts";
import { BuiltinError } from "./types.ts";

/** Every token is charged when it is read, again when the parser has gone back; and every character once for the tree. */
const parseModule: Builtin = (context, filename, source) => {
  const file = stringAt(1, filename);
  const text = stringAt(1, source).toWellFormed();
  context.charge(1_000 + text.length * 4 + file.length);
  try {
    const module = new ModuleReader(context, text).read();
    if (module === undefined) throw new BuiltinError("rego_parse_error");
    return moduleValue(file, module);
  } catch (error) {
    // A stack that ended, which nesting below the parser's bound does not reach.
    if (error instanceof RangeError) throw new BuiltinError("rego_parse_error: nested too deeply");
    throw error;
  }
};

export const rego: Readonly<Record<string, Builtin>> = { "rego.parse_module": parseModule };
