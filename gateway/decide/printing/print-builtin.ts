import { arrayAt } from "../builtins/operands.ts";
import type { Builtin } from "../builtins/types.ts";
import { RegoSet, type Value } from "../value.ts";

/** Fuel of a call, in addition to one unit for each byte of its operands. */
const UNITS = 100;

const PLACE = /^[^\n]+:\d+$/;

/**
 * OPA's compiler makes this of each `print(a, b)`: one array with a set for each operand, which is empty when the operand is undefined.
 * The call is always defined, so that it never changes the rule that it stands in.
 */
const internalPrint: Builtin = (context, operands) => {
  context.charge(UNITS);
  const all = arrayAt(1, operands);
  const at = placeIn(all[0]);
  context.print(at, at === null ? all : all.slice(1));
  return true;
};

/** What `placePrints` puts in front of the operands: a set in a set, a value that no document of JSON has; and OPA puts it into a set. */
function placeIn(first: Value | undefined): string | null {
  const place = only(only(only(first)));
  return typeof place === "string" && PLACE.test(place) ? place : null;
}

function only(value: Value | undefined): Value | undefined {
  return value instanceof RegoSet && value.size === 1 ? value.values()[0] : undefined;
}

export const printing: Readonly<Record<string, Builtin>> = { "internal.print": internalPrint };
