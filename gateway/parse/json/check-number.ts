/**
 * Whether a JSON number means the same to every reader: the double nearest to it, printed, is the same decimal.
 * Magnitudes above 2^53 - 1 are refused in any notation, since integer readers differ there (RFC 8259 §6, RFC 7493 §2.2).
 */
export function survivesRoundTrip(text: string): boolean {
  const value = Number(text);
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  const printed = String(value);
  if (printed === text) return true;
  const sent = decimalOf(text);
  const kept = decimalOf(printed);
  return sent.digits === kept.digits && sent.exponent === kept.exponent;
}

interface Decimal {
  /** Significant digits without zeros at either end; "" is zero. */
  readonly digits: string;
  /** Power of ten of the last digit. */
  readonly exponent: number;
}

function decimalOf(text: string): Decimal {
  const mark = text.search(/e/i);
  const mantissa = (mark === -1 ? text : text.slice(0, mark)).replace("-", "");
  const power = mark === -1 ? 0 : Number(text.slice(mark + 1));
  const point = mantissa.indexOf(".");
  const fraction = point === -1 ? 0 : mantissa.length - point - 1;
  const all = mantissa.replace(".", "");
  let from = 0;
  while (all.charCodeAt(from) === 0x30) from++;
  let to = all.length;
  while (to > from && all.charCodeAt(to - 1) === 0x30) to--;
  if (from === to) return { digits: "", exponent: 0 };
  return { digits: all.slice(from, to), exponent: power - fraction + (all.length - to) };
}
