import { BuiltinError } from "../types.ts";

/** Go's time.ParseDuration, and OPA's days, weeks and years. */
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const HOURS: Readonly<Record<string, number>> = { d: 24, w: 168, y: 8760 };
const LIMIT = 1n << 63n;

/** @returns nanoseconds */
export function parseDuration(text: string): bigint {
  return /[dwy]/.test(text) ? parseStandard(inHours(text), text) : parseStandard(text, text);
}

const EXTENDED = /^[-+]?(?:[0-9.]+(?:ms|us|µs|ns|[a-z]))+$/;

/** Days, weeks and years rewritten as hours. */
function inHours(text: string): string {
  if (!EXTENDED.test(text)) throw invalid(text);
  return text.replace(/([0-9.]+)(ms|us|µs|ns|[a-z])/g, (segment, digits: string, unit: string) => {
    const hours = HOURS[unit];
    if (hours === undefined) return segment;
    if (!/^(?:\d+\.?\d*|\.\d+)$/.test(digits)) throw invalid(text);
    return `${plainDecimal(Number(digits) * hours)}h`;
  });
}

/** A double without an exponent. */
function plainDecimal(value: number): string {
  const text = String(value);
  if (!text.includes("e")) return text;
  return value >= 1 ? BigInt(value).toString() : value.toFixed(100).replace(/0+$/, "");
}

function parseStandard(text: string, original: string): bigint {
  const match = /^([-+]?)(.*)$/s.exec(text);
  const body = match?.[2] ?? "";
  if (body === "0") return 0n;
  if (body === "") throw invalid(original);
  const negative = match?.[1] === "-";
  const total = sumSegments(body, original);
  if (total > LIMIT || (total === LIMIT && !negative)) throw invalid(original);
  return negative ? -total : total;
}

function sumSegments(body: string, original: string): bigint {
  const segment = /(\d*)(?:(\.)(\d*))?([^\d.]*)/y;
  let total = 0n;
  while (segment.lastIndex < body.length) {
    const [, whole = "", , fraction = "", unitName = ""] = segment.exec(body) ?? [];
    const unit = UNITS[unitName];
    if ((whole === "" && fraction === "") || unit === undefined) throw invalid(original);
    const value = BigInt(whole || "0");
    if (value > LIMIT / unit) throw invalid(original);
    total += value * unit + fractionOf(fraction, unit);
    if (total > LIMIT) throw invalid(original);
  }
  return total;
}

/** In doubles, as Go does it, so that the last nanosecond is the same. */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > (LIMIT - 1n) / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > LIMIT) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

function invalid(text: string): BuiltinError {
  return new BuiltinError(`time: invalid duration ${JSON.stringify(text)}`);
}
