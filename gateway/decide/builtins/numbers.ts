import type { Value } from "../value.ts";
import { makeNumber } from "../value.ts";
import { bigIntAt, int64At, stringAt } from "./operands.ts";
import type { Builtin, BuiltinContext } from "./types.ts";
import { BuiltinError } from "./types.ts";

/** From one number to the other, both included, up or down. Fuel is taken before the first is made. */
export function rangeOf(context: BuiltinContext, from: bigint, to: bigint, step: bigint): Value {
  const distance = from <= to ? to - from : from - to;
  const count = distance / step + 1n;
  context.charge(count > 1n << 40n ? Number.MAX_SAFE_INTEGER : Number(count) * 10);
  const sign = from <= to ? step : -step;
  const values: Value[] = [];
  const small = Number.isSafeInteger(Number(from)) && Number.isSafeInteger(Number(to));
  if (small) {
    for (let i = 0, value = Number(from); i < Number(count); i += 1, value += Number(sign)) values.push(value);
  } else {
    for (let i = 0n; i < count; i += 1n) values.push(makeNumber((from + i * sign).toString()));
  }
  return values;
}

const rangeStep: Builtin = (context, from, to, step) => {
  const [first, last, size] = [bigIntAt(1, from), bigIntAt(2, to), bigIntAt(3, step)];
  if (size <= 0n) throw new BuiltinError("numbers.range_step: step must be a positive integer");
  return rangeOf(context, first, last, size);
};

/** One number per seed and bound within a decision; the decision's own generator makes it, so replay is exact. */
const intn: Builtin = (context, seed, bound) => {
  const name = stringAt(1, seed);
  const integer = int64At(2, bound);
  const limit = integer < 0n ? -integer : integer;
  context.charge(300 + name.length);
  if (limit === 0n) return 0;
  const key = `rand.intn ${limit} ${name}`;
  const known = context.cache.get(key) as Value | undefined;
  if (known !== undefined) return known;
  const value = makeNumber(randomBelow(context, limit).toString());
  context.cache.set(key, value);
  return value;
};

/** Without bias: numbers beyond the last whole multiple of the limit are drawn again. */
function randomBelow(context: BuiltinContext, limit: bigint): bigint {
  const space = 1n << 64n;
  const fair = space - (space % limit);
  for (;;) {
    context.charge(300);
    const drawn = BigInt(`0x${Buffer.from(context.random(8)).toString("hex")}`);
    if (drawn < fair) return drawn % limit;
  }
}

export const numbers: Readonly<Record<string, Builtin>> = {
  "numbers.range_step": rangeStep,
  "rand.intn": intn,
};
