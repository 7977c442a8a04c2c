import type { NumberValue, Value } from "../../value.ts";
import { RegoSet, integerOf, isNumber, makeNumber, numberText } from "../../value.ts";
import type { BigFloat } from "../go/big-float.ts";
import { add, bigFloat, divide, isInteger, multiply, negate, toNumber, truncate } from "../go/big-float.ts";
import { bigIntAt, isArray, numberAt, wrongType } from "../operands.ts";
import type { Builtin, BuiltinContext } from "../types.ts";
import { BuiltinError } from "../types.ts";

/**
 * OPA's arithmetic: exact on integers of any size, big.Float with 64 bits of mantissa on everything else. Small integers
 * stay in doubles, which hold their sums and products exactly.
 */
const SMALL = 2 ** 31;
/** Going out of the module and back costs more than the sum. */
const SMALL_FUEL = 20;

/** A float's way through 64 bits of mantissa and back to the fewest digits. */
const FLOAT_FUEL = 1_500;

function isSmall(value: Value | undefined): value is number {
  return typeof value === "number" && value >= -SMALL && value < SMALL && Number.isInteger(value);
}

/** Fuel for numbers in proportion to their digits; long ones cost the square. */
function chargeNumbers(context: BuiltinContext, ...values: readonly NumberValue[]): void {
  let units = 4;
  for (const value of values) {
    const text = typeof value === "number" ? "" : numberText(value);
    units += 60 + text.length + (text.length * text.length) / 64;
    const exponent = /[eE]([+-]?\d+)$/.exec(text)?.[1];
    if (exponent !== undefined) units += Math.min(Math.abs(Number(exponent)) * 10, 1e9);
  }
  context.charge(Math.ceil(units));
}

/** The result, where doubles hold it. */
type Small = (left: number, right: number) => number | undefined;
type Exact = (left: bigint, right: bigint) => bigint;
type Float = (left: BigFloat, right: BigFloat) => BigFloat;

function binary(small: Small, exact: Exact | undefined, float: Float | undefined): Builtin {
  return (context, left, right) => {
    if (isSmall(left) && isSmall(right)) {
      context.charge(SMALL_FUEL);
      const result = small(left, right);
      if (result !== undefined && Number.isSafeInteger(result)) return result === 0 ? 0 : result;
    }
    const a = numberAt(1, left);
    const b = numberAt(2, right);
    chargeNumbers(context, a, b);
    if (exact !== undefined) {
      const x = integerOf(a);
      const y = integerOf(b);
      if (x !== undefined && y !== undefined) return makeNumber(exact(x, y).toString());
    }
    if (float === undefined) throw new BuiltinError("modulo on floating-point number");
    context.charge(FLOAT_FUEL);
    return toNumber(float(bigFloat(a), bigFloat(b)));
  };
}

export const plus: Builtin = binary(
  (x, y) => x + y,
  (x, y) => x + y,
  add,
);
export const multiplied: Builtin = binary(
  (x, y) => x * y,
  (x, y) => x * y,
  multiply,
);

const difference: Builtin = binary(
  (x, y) => x - y,
  (x, y) => x - y,
  (x, y) => add(x, negate(y)),
);

/** Numbers or sets. */
export const minus: Builtin = (context, left, right) => {
  if (left instanceof RegoSet && right instanceof RegoSet) {
    context.charge(left.size * 10);
    return RegoSet.from(left.values().filter((item) => !right.has(item)));
  }
  if (left instanceof RegoSet) throw wrongType(2, right, "set");
  return difference(context, left, right);
};

export const divided: Builtin = binary(
  (x, y) => {
    if (y === 0) throw new BuiltinError("divide by zero");
    return x !== 0 && x % y === 0 ? x / y : undefined;
  },
  undefined,
  (x, y) => {
    if (y.mantissa === 0n) throw new BuiltinError("divide by zero");
    return divide(x, y);
  },
);

export const remainder: Builtin = binary(
  (x, y) => {
    if (y === 0) throw new BuiltinError("modulo by zero");
    return x % y;
  },
  (x, y) => {
    if (y === 0n) throw new BuiltinError("modulo by zero");
    return x % y;
  },
  undefined,
);

const HALF: BigFloat = { negative: false, mantissa: 1n, exponent: -1 };

export const abs: Builtin = (context, value) => {
  if (isSmall(value)) return Math.abs(value);
  const number = numberAt(1, value);
  chargeNumbers(context, number);
  context.charge(FLOAT_FUEL);
  return toNumber({ ...bigFloat(number), negative: false });
};

function toInteger(choose: (value: BigFloat) => bigint): Builtin {
  return (context, value) => {
    if (isSmall(value)) return value;
    const number = numberAt(1, value);
    chargeNumbers(context, number);
    context.charge(FLOAT_FUEL);
    return makeNumber(choose(bigFloat(number)).toString());
  };
}

/** Half away from zero. */
export const round: Builtin = toInteger((value) => truncate(add(value, value.negative ? negate(HALF) : HALF)));

/** OPA's ceil(-0.5) is 1 and its floor(-0.5) 0: zero has lost the sign by which they would know better. */
export const ceil: Builtin = toInteger((value) => {
  const whole = truncate(value);
  return whole < 0n || isInteger(value) ? whole : whole + 1n;
});

export const floor: Builtin = toInteger((value) => {
  const whole = truncate(value);
  return whole >= 0n || isInteger(value) ? whole : whole - 1n;
});

/** @param precision bits of mantissa that intermediate results keep */
function fold(start: bigint, exact: Exact, float: Float, precision: number): Builtin {
  return (context, collection) => {
    const items = collection instanceof RegoSet ? collection.values() : collection;
    if (!isArray(items)) throw wrongType(1, collection, "set", "array");
    if (!items.every(isNumber))
      throw wrongType(
        1,
        items.find((item) => !isNumber(item)),
        "number",
      );
    const integers: bigint[] = [];
    for (const item of items) {
      chargeNumbers(context, item);
      const integer = integerOf(item);
      if (integer !== undefined) integers.push(integer);
    }
    if (integers.length === items.length) return makeNumber(foldIntegers(context, integers, start, exact).toString());
    context.charge(items.length * FLOAT_FUEL);
    const first = bigFloat(Number(start));
    return toNumber(
      items.reduce<BigFloat>((total, item) => float(total, bigFloat(item)), first),
      precision,
    );
  };
}

/** A product of many integers may grow with every step: 64 bits more cost about a unit more. */
function foldIntegers(context: BuiltinContext, integers: readonly bigint[], start: bigint, exact: Exact): bigint {
  let total = start;
  let words = 0;
  for (const integer of integers) {
    words += bitsOf(integer) / 64;
    context.charge(2 + Math.ceil(words));
    total = exact(total, integer);
  }
  // Writing it out in decimal costs the square of its length.
  context.charge(Math.ceil(words * words));
  return total;
}

export const sum: Builtin = fold(0n, (x, y) => x + y, add, 64);
/** OPA starts a product from a float of 53 bits, and 53 bits it stays. */
export const product: Builtin = fold(
  1n,
  (x, y) => x * y,
  (x, y) => multiply(x, y, 53),
  53,
);

function bitsOf(integer: bigint): number {
  const double = Math.abs(Number(integer));
  return Number.isFinite(double) ? Math.log2(double + 1) : integer.toString(16).length * 4;
}

function bits(operation: (left: bigint, right: bigint, context: BuiltinContext) => bigint): Builtin {
  return (context, left, right) => {
    const result = operation(bigIntAt(1, left), bigIntAt(2, right), context);
    context.charge(20);
    return makeNumber(result.toString());
  };
}

export const bitsAnd: Builtin = bits((x, y) => x & y);
export const bitsOr: Builtin = bits((x, y) => x | y);
export const bitsXor: Builtin = bits((x, y) => x ^ y);

export const bitsNegate: Builtin = (context, value) => {
  context.charge(20);
  return makeNumber((~bigIntAt(1, value)).toString());
};

function shiftCount(count: bigint): bigint {
  if (count >= 0n) return BigInt.asUintN(64, count);
  throw new BuiltinError("operand 2 must be an unsigned integer number but got a negative integer");
}

export const bitsLeft: Builtin = bits((x, y, context) => {
  const count = shiftCount(y);
  if (x === 0n) return 0n;
  // Writing a long number out in decimal costs the square of its length.
  context.charge(count > 1n << 26n ? Number.MAX_SAFE_INTEGER : Math.ceil(Number(count) ** 1.5 / 16) + 1);
  return x << count;
});

export const bitsRight: Builtin = bits((x, y) => {
  const count = shiftCount(y);
  return count > 1n << 30n ? (x < 0n ? -1n : 0n) : x >> count;
});
