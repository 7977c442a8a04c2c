/**
 * Proves by a few multiplications that a plain decimal is the very text that its double prints as, which printing and
 * comparing takes ten times longer for. Lists of measurements are full of numbers of 16 and 17 digits.
 *
 * The decimal is M / 10^k with whole M. The double v nearest to it prints as the shortest decimal in the interval of
 * reals that round to v, and among those as the nearest to v (ECMAScript, Number::toString). In units of the last
 * digit: r = M - v·10^k is how far v lies off, and H is half the interval. All sums are exact or off by far less than
 * the slack (T. J. Dekker 1971; S. M. Rump 2008 for the unit in the first place).
 */

/** Powers of ten that a double holds exactly. */
const powers = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const MOST_DIGITS = 17;
/** The digits are gathered in two whole numbers that the engine keeps as 32-bit integers. */
const HEAD_DIGITS = 8;
const SLACK = 1e-6;
const SPLIT = 2 ** 27 + 1;
const LOW_BITS = 2 ** 13;

/** The digits and the point between `start` and `end`, no sign, no exponent. False means only: not proven. */
export function surelySurvives(bytes: Buffer, start: number, end: number): boolean {
  let head = 0;
  let tail = 0;
  let digits = 0;
  let point = -1;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0) point = at;
    else if (digits >= HEAD_DIGITS) {
      if (++digits > MOST_DIGITS) return false;
      tail = tail * 10 + digit;
    } else if (digits > 0 || digit > 0) {
      digits++;
      head = head * 10 + digit;
    }
  }
  const decimals = point === -1 ? 0 : end - point - 1;
  if (digits <= HEAD_DIGITS || decimals >= powers.length) return false;
  return printsItself(head, tail, powers[digits - HEAD_DIGITS] as number, powers[decimals] as number);
}

/** M is head·scale + tail; `power` is 10^k. */
function printsItself(head: number, tail: number, scale: number, power: number): boolean {
  const low = head % LOW_BITS;
  const upper = (head - low) * scale;
  const lower = low * scale + tail;
  const whole = upper + lower;
  const rest = lower - (whole - upper);
  let value = whole / power;
  value += distance(whole, rest, value, power) / power;
  const r = distance(whole, rest, value, power);
  const first = unitInFirstPlace(value);
  const h = first * 2 ** -53 * power;
  // Below a power of two the interval is lopsided; and the double must be the nearest one to begin with.
  if (value === first || value > Number.MAX_SAFE_INTEGER || Math.abs(r) >= h * (1 - SLACK)) return false;
  const wide = h * (1 + SLACK);
  if (1 - Math.abs(r) > wide) return true;
  const last = tail % 10;
  return Math.abs(r) < 0.5 - SLACK && last - r > wide && 10 - last + r > wide;
}

/** whole + rest - value·power, with the product's rounding error accounted for. */
function distance(whole: number, rest: number, value: number, power: number): number {
  const product = value * power;
  const valueHigh = highHalf(value);
  const powerHigh = highHalf(power);
  const valueLow = value - valueHigh;
  const powerLow = power - powerHigh;
  const error = valueLow * powerLow - (product - valueHigh * powerHigh - valueLow * powerHigh - valueHigh * powerLow);
  return whole - product - error + rest;
}

function highHalf(value: number): number {
  const spread = SPLIT * value;
  return spread - (spread - value);
}

function unitInFirstPlace(value: number): number {
  const spread = (2 ** 52 + 1) * value;
  return Math.abs(spread - (1 - 2 ** -53) * spread);
}
