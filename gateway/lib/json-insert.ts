import { parseJson } from "./parse-json.ts";

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const [braceOpen, braceClose, bracketOpen, bracketClose] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Where an object begins in the bytes of a JSON text, and the keys that it has. */
export interface ObjectPlace {
  /** Offset of the byte after its opening brace. */
  readonly at: number;
  readonly keys: readonly string[];
}

/**
 * The object that these keys lead to from the root; null when there is none. Lists are not entered.
 * @param bytes valid JSON (RFC 8259) without repeated keys, UTF-8
 */
export function objectAt(bytes: Buffer, steps: readonly string[]): ObjectPlace | null {
  let at = skipSpace(bytes, 0);
  for (const step of steps) {
    const member = bytes[at] === braceOpen ? members(bytes, at).find(({ key }) => key === step) : undefined;
    if (member === undefined) return null;
    at = member.at;
  }
  return bytes[at] === braceOpen ? { at: at + 1, keys: members(bytes, at).map(({ key }) => key) } : null;
}

interface Member {
  readonly key: string;
  /** Offset of its value. */
  readonly at: number;
}

/** The members of the object whose brace is at `open`. */
function members(bytes: Buffer, open: number): Member[] {
  const found: Member[] = [];
  let at = skipSpace(bytes, open + 1);
  while (bytes[at] === quote) {
    const end = skipString(bytes, at);
    const key = parseJson(bytes.toString("utf8", at, end)) as string;
    at = skipSpace(bytes, end);
    if (bytes[at] !== colon) break;
    at = skipSpace(bytes, at + 1);
    found.push({ key, at });
    at = skipSpace(bytes, skipValue(bytes, at));
    if (bytes[at] !== comma) break;
    at = skipSpace(bytes, at + 1);
  }
  return found;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && (bytes[at] as number) <= 0x20) at += 1;
  return at;
}

/** @param from of the opening quote */
function skipString(bytes: Buffer, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at + 1;
}

function skipValue(bytes: Buffer, from: number): number {
  if (bytes[from] === quote) return skipString(bytes, from);
  let depth = 0;
  for (let at = from; at < bytes.length;) {
    const byte = bytes[at];
    if (byte === quote) {
      at = skipString(bytes, at);
      continue;
    }
    if (byte === braceOpen || byte === bracketOpen) depth += 1;
    else if (depth === 0 && (byte === comma || byte === braceClose || byte === bracketClose)) return at;
    else if (byte === braceClose || byte === bracketClose) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
    at += 1;
  }
  return bytes.length;
}
