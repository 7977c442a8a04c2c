/** The order of keys in go.yaml.in/yaml: digits count as numbers, letters come after other characters but after digits. */
export function naturalOrder(left: string, right: string): number {
  const a = Array.from(left);
  const b = Array.from(right);
  let afterDigit = false;
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const x = a[i] as string;
    const y = b[i] as string;
    if (x === y) {
      afterDigit = isDigit(x);
      continue;
    }
    const letters = [isLetter(x), isLetter(y)];
    if (letters[0] && letters[1]) return byCode(x, y);
    if (letters[0] || letters[1]) return (afterDigit ? letters[0] : letters[1]) ? -1 : 1;
    return byNumber(a, b, i);
  }
  return a.length - b.length;
}

function byNumber(a: readonly string[], b: readonly string[], at: number): number {
  // A zero inside a number only counts with the digits before it.
  const lead = (a[at] === "0" || b[at] === "0") && hasNonZeroBefore(a, at) ? 1n : 0n;
  const x = digitsFrom(a, at);
  const y = digitsFrom(b, at);
  const difference = numberOf(x, lead) - numberOf(y, lead);
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return x.length !== y.length ? x.length - y.length : byCode(a[at] as string, b[at] as string);
}

/** Go counts in 64 bits, which overflow, and takes a digit of another script for its distance from "0". */
function numberOf(digits: readonly string[], lead: bigint): bigint {
  return digits.reduce((sum, digit) => BigInt.asIntN(64, sum * 10n + BigInt(byCode(digit, "0"))), lead);
}

function hasNonZeroBefore(runes: readonly string[], at: number): boolean {
  for (let i = at - 1; i >= 0 && isDigit(runes[i] as string); i -= 1) if (runes[i] !== "0") return true;
  return false;
}

function digitsFrom(runes: readonly string[], at: number): readonly string[] {
  const end = runes.findIndex((rune, index) => index >= at && !isDigit(rune));
  return runes.slice(at, end === -1 ? runes.length : end);
}

function isDigit(rune: string): boolean {
  return /\p{Nd}/u.test(rune);
}

function isLetter(rune: string): boolean {
  return /\p{L}/u.test(rune);
}

function byCode(x: string, y: string): number {
  return (x.codePointAt(0) as number) - (y.codePointAt(0) as number);
}
