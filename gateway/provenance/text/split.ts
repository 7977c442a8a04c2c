import { parseJsonOfNamesOnce } from "../../lib/parse-json.ts";
import { nameSays, readName } from "./member-names.ts";

/** Longest text that is split, in UTF-16 units, and most values of one text. */
const longest = 8_192;
const most = 128;

/** Brackets, quotation marks and separators: most texts have none, and are a value as they stand. */
const mayHoldSeveral = /[[({"'`,;\n\r|]/;

/**
 * The values that one string holds: `a@x, b@y`, `['x', 'y']`, `["x"]`, one a line. A separator in quotation marks is none. The text
 * alone when it holds one value.
 */
export function splitValues(text: string): readonly string[] {
  if (text.length > longest) return [text];
  if (!mayHoldSeveral.test(text)) return [text.trim() || text];
  const listed = ofJson(text) ?? split(unwrapped(text.trim()));
  const values = listed.map(unquoted).filter((value) => value !== "");
  return values.length === 0 || values.length > most ? [text] : values;
}

/** Strings and numbers of a JSON list or object, and names that are no service's own, as of a map by addresses; null when it is none. */
function ofJson(text: string): string[] | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    const values: string[] = [];
    collect(parseJsonOfNamesOnce(text), values);
    return values;
  } catch {
    return null;
  }
}

function collect(value: unknown, into: string[]): void {
  if (typeof value === "string" || typeof value === "number") into.push(String(value));
  else if (Array.isArray(value)) for (const one of value) collect(one, into);
  else if (typeof value === "object" && value !== null)
    for (const [name, one] of Object.entries(value)) {
      if ((readName(name) & nameSays.own) === 0) into.push(name);
      collect(one, into);
    }
}

const separators = /[",;\n\r|]/g;

function split(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  separators.lastIndex = 0;
  for (let sign = separators.exec(text); sign !== null; sign = separators.exec(text)) {
    if (sign[0] === '"') {
      const closing = text.indexOf('"', sign.index + 1);
      if (closing > 0) separators.lastIndex = closing + 1;
      continue;
    }
    parts.push(text.slice(from, sign.index));
    from = sign.index + 1;
  }
  parts.push(text.slice(from));
  return parts;
}

/** Without the brackets around a list. */
function unwrapped(text: string): string {
  const pair = `${text.charAt(0)}${text.charAt(text.length - 1)}`;
  return text.length > 1 && (pair === "[]" || pair === "()" || pair === "{}") ? text.slice(1, -1) : text;
}

function unquoted(value: string): string {
  return /^\s*(["'`])(.*)\1\s*$/s.exec(value)?.[2]?.trim() ?? value.trim();
}

/** Longest text that may be a list of short values, in UTF-16 units, and most words of one of them. */
const longestList = 256;
const longestListOfLines = 2_048;
const mostWordsOfOne = 3;

const nameAlone = /^[\p{L}\p{N}@#][\p{L}\p{M}\p{N}.@_#'\u2019 -]*$/u;

/** The first line that has something in it. */
const firstLine = /^\s*([^\n\r]+)/;

function isShortName(line: string): boolean {
  return nameAlone.test(line) && isShort(line);
}

/** The lines of a text that have something in them, without the blanks around it. */
export function linesOf(text: string): readonly string[] {
  return text.split(/[\n\r]/).flatMap((line) => line.trim() || []);
}

/** Whether each of several lines is a short name and nothing else. A dash before it, or a colon in it, is written for people. */
export function isListOfLines(text: string): boolean {
  if (text.length > longestListOfLines || !text.includes("\n")) return false;
  // Of most texts the first line says enough.
  const first = firstLine.exec(text)?.[1]?.trim();
  if (first === undefined || !isShortName(first)) return false;
  const lines = linesOf(text);
  return lines.length > 1 && lines.every(isShortName);
}

/** The values of a list of short ones; none of any other text. @param isText it has too many words, or lines, for a value */
export function listedIn(text: string, isText: boolean): readonly string[] {
  if (!isListOfLines(text) && (isText || text.length > longestList)) return [];
  const parts = splitValues(text);
  return parts.length > 1 && parts.every(isShort) ? parts : [];
}

function isShort(part: string): boolean {
  return part.split(/\s+/).length <= mostWordsOfOne;
}
