const MANTISSA = /^-?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** OPA refuses numbers of more than 2^100000, and below its reciprocal; this many digits are certainly within. */
const MAX_DIGITS = 30_102;

/** Numbers so near to OPA's bound that only computing would tell are refused. */
export function isAcceptableNumber(literal: string): boolean {
  const match = MANTISSA.exec(literal);
  if (match === null) return false;
  const [, whole = "", fraction = "", exponent = "0"] = match;
  const digits = whole + fraction;
  const first = digits.search(/[1-9]/);
  if (first < 0) return true;
  const magnitude = whole.length - first + Number(exponent);
  return magnitude <= MAX_DIGITS && magnitude > -MAX_DIGITS;
}

/** What a string in quotes or backquotes stands for; undefined if it is malformed. */
export function decodeString(literal: string): string | undefined {
  return literal.startsWith('"') ? unescape(literal.slice(1, -1)) : literal.slice(1, -1);
}

/** What a part of a template string stands for. */
export function templateText(part: string, raw: boolean): string | undefined {
  return raw ? part.slice(1, -1) : unescape(part.slice(1, -1));
}

/** Without a backslash anything goes, control characters too. */
function unescape(inner: string): string | undefined {
  if (!inner.includes("\\")) return inner;
  try {
    const value: unknown = JSON.parse(`"${inner}"`);
    return typeof value === "string" ? value.toWellFormed() : undefined;
  } catch {
    return undefined;
  }
}
