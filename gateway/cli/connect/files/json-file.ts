import { isDeepStrictEqual } from "node:util";
import { applyEdits, type JSONPath, parse, type ParseError, printParseErrorCode } from "jsonc-parser";
import { isJsonObject, type JsonValue, valueAtSteps } from "../../../lib/json.ts";
import { CliFailure, exits } from "../../common/verb.ts";
import type { JsonEdit, JsonEntry } from "../edits.ts";
import { insertion, removal } from "./json-text.ts";

/** An entry that was put in, with what has to go with it when it is taken out. */
export interface PutEntry extends JsonEntry {
  /** So many keys of its path were there before. */
  readonly there: number;
}

interface Put {
  readonly text: string;
  readonly entries: readonly PutEntry[];
}

/**
 * Puts the entries into a JSON text and leaves everything else as it is, comments and layout included. What is there already
 * with the same value stays, and is not ours. @throws CliFailure connect_unreadable, connect_taken
 */
export function putIntoJson(before: string, { path: file, entries }: JsonEdit): Put {
  let text = before.trim() === "" ? "{}\n" : before;
  const put: PutEntry[] = [];
  for (const entry of entries) {
    const document = readJson(text, file);
    if (isThere(document, entry, file)) continue;
    put.push({ ...entry, there: keysThere(document, entry.path) });
    text = applyEdits(text, insertion(text, entry.path, entry.value, entry.kind === "append"));
  }
  assertPut(text, put, file);
  return { text, entries: put };
}

/** Takes entries out again where they still have the value that was put in. `left`: those that somebody has changed. */
export function takeOutOfJson(
  before: string,
  entries: readonly PutEntry[],
  file: string,
): { readonly text: string; readonly left: readonly JsonEntry[] } {
  let text = before;
  const left: JsonEntry[] = [];
  for (const entry of entries.toReversed()) {
    const at = placeOf(readJson(text, file), entry);
    if (at === null) {
      left.push(entry);
      continue;
    }
    text = applyEdits(text, removal(text, at));
    text = withoutEmpty(text, entry, file);
  }
  return { text, left };
}

/** @throws CliFailure connect_unreadable that names file, line and column */
export function readJson(text: string, file: string): JsonValue {
  const errors: ParseError[] = [];
  const document = parse(text, errors, { allowTrailingComma: true }) as JsonValue;
  const [error] = errors;
  if (error !== undefined) {
    const lines = text.slice(0, error.offset).split("\n");
    const place = `${file}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
    const what = printParseErrorCode(error.error);
    throw unreadable(`${place} is not valid JSON (${what}). Mend it and run this again; nothing was changed.`);
  }
  if (!isJsonObject(document)) throw unreadable(`${file} holds no JSON object. Nothing was changed.`);
  return document;
}

function unreadable(message: string): CliFailure {
  return new CliFailure(exits.usage, "connect_unreadable", message);
}

/** @throws CliFailure connect_taken */
function isThere(document: JsonValue, { path, value, kind }: JsonEntry, file: string): boolean {
  for (let length = 1; length < path.length; length++) {
    const outer = valueAtSteps(document, path.slice(0, length));
    if (outer !== undefined && !isJsonObject(outer)) throw taken(file, path.slice(0, length), "is no object");
  }
  const found = valueAtSteps(document, path);
  if (found === undefined) return false;
  if (kind === "set") {
    if (isDeepStrictEqual(found, value)) return true;
    throw taken(file, path, "has another value already; take it out, or choose other names with --prefix");
  }
  if (!Array.isArray(found)) throw taken(file, path, "is no list");
  return found.some((one) => isDeepStrictEqual(one, value));
}

function taken(file: string, path: readonly string[], what: string): CliFailure {
  return new CliFailure(exits.negative, "connect_taken", `${file}: ${path.join(".")} ${what}. Nothing was changed.`);
}

function keysThere(document: JsonValue, path: readonly string[]): number {
  const missing = path.findIndex((_step, at) => valueAtSteps(document, path.slice(0, at + 1)) === undefined);
  return missing === -1 ? path.length : missing;
}

/** A key that stands twice would be read by one client as the first and by another as the last. */
function assertPut(text: string, entries: readonly PutEntry[], file: string): void {
  const document = readJson(text, file);
  for (const entry of entries)
    if (placeOf(document, entry) === null)
      throw taken(file, entry.path, "cannot be set; does one of its keys stand there twice?");
}

/** Where the value that was put in still stands; null when it does not. */
function placeOf(document: JsonValue, { path, value, kind }: JsonEntry): JSONPath | null {
  const found = valueAtSteps(document, path);
  if (kind === "set") return isDeepStrictEqual(found, value) ? [...path] : null;
  if (!Array.isArray(found)) return null;
  const at = found.findLastIndex((one) => isDeepStrictEqual(one, value));
  return at === -1 ? null : [...path, at];
}

/** The containers that were made for the entry and hold nothing any more. */
function withoutEmpty(before: string, { path, there, kind }: PutEntry, file: string): string {
  let text = before;
  const deepest = kind === "append" ? path.length : path.length - 1;
  for (let length = deepest; length > there; length--) {
    const outer = valueAtSteps(readJson(text, file), path.slice(0, length));
    if (typeof outer !== "object" || outer === null || Object.keys(outer).length > 0) break;
    text = applyEdits(text, removal(text, path.slice(0, length)));
  }
  return text;
}
