/** Texts of a float64 as Go's strconv.FormatFloat writes them. */

interface Digits {
  readonly negative: boolean;
  /** Significant digits without the point. */
  readonly digits: string;
  /** Power of ten of the first digit. */
  readonly exponent: number;
}

/** Shortest digits that read back as the same double. */
function shortest(value: number): Digits {
  return scientific(value, Math.abs(value).toExponential());
}

function scientific(value: number, text: string): Digits {
  const [mantissa = "0", exponent = "0"] = text.split("e");
  return {
    negative: value < 0 || Object.is(value, -0),
    digits: mantissa.replace(".", ""),
    exponent: Number(exponent),
  };
}

/** @param precision digits after the point (e, f), significant digits (g); -1 for the shortest that reads back. */
export function formatFloat(value: number, verb: string, precision: number): string {
  if (verb === "F") return formatFloat(value, "f", precision);
  const lower = verb.toLowerCase();
  const text =
    lower === "e" ? exponential(value, precision) : lower === "f" ? fixed(value, precision) : general(value, precision);
  return verb === lower ? text : text.toUpperCase();
}

function exponential(value: number, precision: number): string {
  const parts = precision < 0 ? shortest(value) : scientific(value, exactExponential(Math.abs(value), precision));
  return writeExponential(parts, parts.digits.length - 1);
}

function writeExponential({ negative, digits, exponent }: Digits, places: number): string {
  const padded = digits.padEnd(places + 1, "0").slice(0, places + 1);
  const fraction = places > 0 ? `.${padded.slice(1)}` : "";
  const size = Math.abs(exponent).toString().padStart(2, "0");
  return `${negative ? "-" : ""}${padded[0]}${fraction}e${exponent < 0 ? "-" : "+"}${size}`;
}

function fixed(value: number, precision: number): string {
  if (precision >= 0) return signed(value, exactFixed(Math.abs(value), precision));
  const parts = shortest(value);
  return writeFixed(parts, Math.max(0, parts.digits.replace(/0+$/, "").length - 1 - parts.exponent));
}

function writeFixed({ negative, digits, exponent }: Digits, places: number): string {
  const whole = exponent < 0 ? "0" : digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const rest = exponent < 0 ? "0".repeat(-exponent - 1) + digits : digits.slice(exponent + 1);
  const fraction = places > 0 ? `.${rest.padEnd(places, "0").slice(0, places)}` : "";
  return `${negative ? "-" : ""}${whole}${fraction}`;
}

function general(value: number, precision: number): string {
  const limit = precision === 0 ? 1 : precision;
  const parts = limit < 0 ? shortest(value) : scientific(value, exactExponential(Math.abs(value), limit - 1));
  const digits = parts.digits.replace(/0+$/, "") || "0";
  const trimmed = { ...parts, digits };
  let threshold = limit;
  if (threshold > digits.length && digits.length >= parts.exponent + 1) threshold = digits.length;
  if (limit < 0) threshold = 6;
  if (parts.exponent < -4 || parts.exponent >= threshold) {
    return writeExponential(trimmed, digits.length - 1);
  }
  return writeFixed(trimmed, Math.max(0, digits.length - 1 - parts.exponent));
}

function signed(value: number, text: string): string {
  return value < 0 || Object.is(value, -0) ? `-${text}` : text;
}

/** The double's exact value, as digits × 10^-scale. */
function exactDecimal(value: number): { digits: bigint; scale: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  const power = (biased === 0 ? 1 : biased) - 1075;
  if (power >= 0) return { digits: mantissa << BigInt(power), scale: 0 };
  return { digits: mantissa * 5n ** BigInt(-power), scale: -power };
}

/** Rounds half to even on the exact value, as Go does; toFixed and toExponential round half up. */
function roundTo(digits: bigint, drop: number): bigint {
  if (drop <= 0) return digits * 10n ** BigInt(-drop);
  const unit = 10n ** BigInt(drop);
  const quotient = digits / unit;
  const twice = (digits % unit) * 2n;
  return twice > unit || (twice === unit && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

function exactFixed(value: number, places: number): string {
  const { digits, scale } = exactDecimal(value);
  const text = roundTo(digits, scale - places)
    .toString()
    .padStart(places + 1, "0");
  return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
}

function exactExponential(value: number, places: number): string {
  if (value === 0) return `${"0".padEnd(places + 1, "0")}e0`;
  const { digits, scale } = exactDecimal(value);
  const length = digits.toString().length;
  let text = roundTo(digits, length - places - 1).toString();
  let exponent = length - 1 - scale;
  if (text.length > places + 1) {
    text = text.slice(0, -1);
    exponent += 1;
  }
  return `${text}e${exponent}`;
}
