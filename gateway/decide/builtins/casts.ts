import { type RegoObject, RegoSet } from "../value.ts";
import { arrayAt, booleanAt, isArray, objectAt, stringAt, wrongType } from "./operands.ts";
import type { Builtin } from "./types.ts";

/** Deprecated in OPA and kept for compatibility: each returns a value of its type, or an error. */

const toArray: Builtin = (context, value) => {
  if (!(value instanceof RegoSet)) return arrayAt(1, value);
  context.charge(value.size * 10);
  return value.values();
};

const toSet: Builtin = (context, value) => {
  if (value instanceof RegoSet) return value;
  if (!isArray(value)) throw wrongType(1, value, "array", "set");
  context.charge(value.length * 20);
  return RegoSet.from(value);
};

const toNull: Builtin = (_, value) => {
  if (value === null) return null;
  throw wrongType(1, value, "null");
};

export const casts: Readonly<Record<string, Builtin>> = {
  cast_array: toArray,
  cast_set: toSet,
  cast_string: (_, value) => stringAt(1, value),
  cast_boolean: (_, value) => booleanAt(1, value),
  cast_null: toNull,
  cast_object: (_, value): RegoObject => objectAt(1, value),
  // A note for a tracer that does not exist here.
  trace: (_, note) => stringAt(1, note) !== null,
};
