import type { ProvenanceFact } from "../../domain/provenance.ts";
import { isDate, numberForms } from "../text/numbers.ts";
import { mostValueWords } from "../text/reader.ts";
import { isFileName } from "../text/addresses/urls.ts";
import { isListOfLines } from "../text/split.ts";

/** What was not looked at counts as a place where data goes and that nobody knows. */
export const unread: ProvenanceFact = {
  pointer: "",
  role: "destination",
  kind: "text",
  seen: "never",
  inside: false,
  host: null,
  identified: false,
  back: false,
  tool: null,
  ago: null,
};

/** Files of a system that lead to the network, and shares of other machines, however their slashes lean. */
const leadsOut = /^(?:file:)?[/\\]*[/\\](?:dev|net|proc|sys)\b|^[/\\]{2}|^file:(?:\/\/[^/]|[/\\]{4})/i;

/** Fewest words of several lines that are a text. */
const fewestWordsOfLines = 6;

/** What a value is that is no address. @param words how many it has */
export function kindOf(text: string, words: number): ProvenanceFact["kind"] {
  const value = text.trim();
  if (isDate(value)) return "date";
  if (numberForms(value).length > 0) return "number";
  if (isLocalPath(value)) return "path";
  return words <= mostValueWords && !isOfLines(value, words) ? "name" : "text";
}

/** Lines that somebody has written, and no list of short values. */
function isOfLines(value: string, words: number): boolean {
  return words >= fewestWordsOfLines && value.includes("\n") && !isListOfLines(value);
}

/**
 * A path in a local file system: absolute, relative with a dot, at home, or in a folder and with the name of a file at its end. A name
 * alone is none: `notes.zip` is a host too.
 */
function isLocalPath(value: string): boolean {
  if (value.length > 1_024 || /[\n\r\t]/.test(value) || leadsOut.test(value)) return false;
  if (/^(?:\/|\.\.?[/\\]|~\/|[a-z]:[/\\]|file:\/\/\/)/i.test(value)) return true;
  return (
    /[/\\]/.test(value) &&
    !/[\s:@?*]/.test(value) &&
    isFileName(value.slice(Math.max(value.lastIndexOf("/"), value.lastIndexOf("\\")) + 1))
  );
}

/** One plain word: a state, a tag, a unit, or the name of somebody. */
export function wordOr(text: string, kind: ProvenanceFact["kind"]): ProvenanceFact["kind"] {
  return kind === "name" && /^\s*\p{L}{1,24}\s*$/u.test(text) ? "word" : kind;
}

/** The role of an address that is part of a longer text: a command that acts on a folder may name a host as well. */
export function within(role: ProvenanceFact["role"] | null): ProvenanceFact["role"] {
  return role === "destination" ? role : "address";
}
