import { isWordAt } from "./characters.ts";
import type { Span } from "./kinds.ts";
import { parseJson } from "../lib/parse-json.ts";

/** The base64url of `{"`, with which the header of nearly every token begins. */
const opening = "eyJ";

/** Longer headers are no tokens that a server would accept. */
const longestHeader = 8192;

/** JSON Web Tokens, signed (RFC 7515 §7.1), encrypted (RFC 7516 §7.1) or neither (RFC 7519 §6), whose header can be read. */
export function findJwts(text: string): Span[] {
  const found: Span[] = [];
  let start = text.indexOf(opening);
  while (start >= 0) {
    const end = beginsHere(text, start) ? tokenEnd(text, start) : null;
    if (end !== null) found.push({ start, end });
    start = text.indexOf(opening, end ?? start + opening.length);
  }
  return found;
}

/** Not within a longer token, but after a line break that is written as \n. */
function beginsHere(text: string, start: number): boolean {
  if (start === 0) return true;
  const before = text.charAt(start - 1);
  if (text.charAt(start - 2) === "\\") return true;
  return !isWordAt(text, start - 1) && before !== "." && before !== "-";
}

function tokenEnd(text: string, start: number): number | null {
  const headerEnd = partEnd(text, start, start + longestHeader);
  if (text.charAt(headerEnd) !== "." || !isHeader(text.slice(start, headerEnd))) return null;
  const parts = [headerEnd];
  for (let end = headerEnd; text.charAt(end) === "." && parts.length < 5;) {
    end = partEnd(text, end + 1);
    parts.push(end);
  }
  const [, second = 0, third, , fifth] = parts;
  return second > headerEnd + 1 || fifth !== undefined ? (fifth ?? third ?? null) : null;
}

function partEnd(text: string, from: number, limit = text.length): number {
  let end = from;
  while (end < limit && (isWordAt(text, end) || text.charAt(end) === "-")) end += 1;
  return end;
}

function isHeader(part: string): boolean {
  try {
    const header: unknown = parseJson(Buffer.from(part, "base64url").toString("utf8"));
    return typeof header === "object" && header !== null && ("alg" in header || "enc" in header);
  } catch {
    return false;
  }
}
