import type { Value } from "../value.ts";
import { RegoObject, RegoSet, equalValues } from "../value.ts";
import { isArray } from "./operands.ts";
import type { Builtin, BuiltinContext } from "./types.ts";
import { BuiltinError } from "./types.ts";

/** Whether `sub` is part of `sup`: members recursively for objects, elements for sets, a run for arrays. */
const subset: Builtin = (context, sup, sub) => {
  context.charge(10);
  if (sup === undefined || sub === undefined) throw mismatch();
  const result = nestedSubset(context, sup, sub);
  if (result !== undefined) return result;
  if (isArray(sup) && sub instanceof RegoSet) {
    context.charge(1 + sup.length * 10);
    // OPA counts elements that the set has, equal ones again, until there are as many as the set has members.
    let unmatched = sub.size;
    return sup.some((item) => {
      if (sub.has(item)) unmatched -= 1;
      return unmatched === 0;
    });
  }
  throw mismatch();
};

function mismatch(): BuiltinError {
  return new BuiltinError("both arguments object.subset must be of the same type or array and set");
}

/** undefined when the two are not containers of one kind. */
function nestedSubset(context: BuiltinContext, sup: Value, sub: Value): boolean | undefined {
  if (sup instanceof RegoObject && sub instanceof RegoObject) return objectSubset(context, sup, sub);
  if (sup instanceof RegoSet && sub instanceof RegoSet) {
    context.charge(1 + sub.size * 10);
    return sub.values().every((item) => sup.has(item));
  }
  return isArray(sup) && isArray(sub) ? arraySubset(context, sup, sub) : undefined;
}

function objectSubset(context: BuiltinContext, sup: RegoObject, sub: RegoObject): boolean {
  return sub.entries().every(([key, value]) => {
    context.charge(10);
    const candidate = sup.get(key);
    if (candidate === undefined) return false;
    return nestedSubset(context, candidate, value) ?? equalValues(candidate, value);
  });
}

function arraySubset(context: BuiltinContext, sup: readonly Value[], sub: readonly Value[]): boolean {
  for (let start = 0; start + sub.length <= sup.length; start += 1) {
    let matched = 0;
    while (matched < sub.length && equalValues(sup[start + matched] as Value, sub[matched] as Value)) matched += 1;
    context.charge(2 + matched * 4);
    if (matched === sub.length) return true;
  }
  return false;
}

/** Later members win, objects in both are merged. Native in WASM too; here for the table of redirects. */
export const unionN: Builtin = (context, objects) => {
  if (!isArray(objects) || !objects.every((item) => item instanceof RegoObject))
    throw new BuiltinError("operand 1 must be array of objects");
  return objects.reduce<RegoObject>((merged, next) => union(context, merged, next), new RegoObject());
};

function union(context: BuiltinContext, left: RegoObject, right: RegoObject): RegoObject {
  context.charge(20 + (left.size + right.size) * 10);
  if (left.size === 0) return right;
  const added = right.entries().map(([key, value]): readonly [Value, Value] => {
    const known = left.get(key);
    return [key, known instanceof RegoObject && value instanceof RegoObject ? union(context, known, value) : value];
  });
  return RegoObject.from([...left.entries().filter(([key]) => !right.has(key)), ...added]);
}

export const object: Readonly<Record<string, Builtin>> = { "object.subset": subset };
