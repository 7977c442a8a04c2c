import type { Value } from "./collections.ts";
import { RegoObject, RegoSet } from "./collections.ts";
import { RegoNumber, compareNumbers } from "./number.ts";

/** OPA's total order: null < boolean < number < string < array < object < set. */
export function compareValues(left: Value, right: Value): number {
  if (left === right) return 0;
  if (typeof left === "string" && typeof right === "string") return compareStrings(left, right);
  const rank = rankOf(left) - rankOf(right);
  if (rank !== 0) return rank < 0 ? -1 : 1;
  return compareSameType(left, right);
}

export function equalValues(left: Value, right: Value): boolean {
  return compareValues(left, right) === 0;
}

/** Order of the UTF-8 bytes, which differs from JavaScript's UTF-16 order above U+D7FF. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i += 1) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a === b) continue;
    if (a >= 0xd800 && b >= 0xd800) return surrogateLast(a) - surrogateLast(b) < 0 ? -1 : 1;
    return a < b ? -1 : 1;
  }
  return left.length < right.length ? -1 : 1;
}

/** Surrogates stand for code points above U+FFFF, so they sort after U+E000…U+FFFF. */
function surrogateLast(unit: number): number {
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function rankOf(value: Value): number {
  if (value === null) return 0;
  switch (typeof value) {
    case "boolean":
      return 1;
    case "number":
    case "bigint":
      return 2;
    case "string":
      return 3;
    default:
      if (value instanceof RegoNumber) return 2;
      return value instanceof RegoObject ? 8 : value instanceof RegoSet ? 9 : 7;
  }
}

function compareSameType(left: Value, right: Value): number {
  if (left === null || typeof left === "string") return 0;
  if (typeof left === "boolean") return left ? 1 : -1;
  if (typeof left === "number" || typeof left === "bigint" || left instanceof RegoNumber) {
    return compareNumbers(left, right as typeof left);
  }
  if (left instanceof RegoSet) return compareLists(left.values(), (right as RegoSet).values());
  if (left instanceof RegoObject) return compareObjects(left, right as RegoObject);
  return compareLists(left, right as readonly Value[]);
}

function compareLists(left: readonly Value[], right: readonly Value[]): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i += 1) {
    const order = compareValues(left[i] as Value, right[i] as Value);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareObjects(left: RegoObject, right: RegoObject): number {
  const a = left.entries();
  const b = right.entries();
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const [keyA, valueA] = a[i] as readonly [Value, Value];
    const [keyB, valueB] = b[i] as readonly [Value, Value];
    const order = compareValues(keyA, keyB) || compareValues(valueA, valueB);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
