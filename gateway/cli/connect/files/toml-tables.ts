import { isDeepStrictEqual } from "node:util";
import { parse } from "smol-toml";
import { type JsonValue, valueAtSteps } from "../../../lib/json.ts";
import type { Place } from "../edits.ts";

/** The lines by which the tables begin that stand in the texts. */
export function headersOf(written: readonly string[]): ReadonlySet<string> {
  return new Set(tablesIn(written).flatMap(({ header }) => header ?? []));
}

/** Where the tables and root keys are that stand in the texts. */
export function placesOf(written: readonly string[]): readonly Place[] {
  return tablesIn(written).flatMap((table) => placesIn(table));
}

/**
 * What of a section is not as it was written: tables, and keys before the first one. A table to which somebody has added a key or a table
 * stays whole, since what they added means nothing without it; their comments stay alone.
 * `document`: of the whole file.
 */
export function withoutWritten(
  section: string,
  written: readonly string[],
  document: Record<string, unknown>,
): { readonly text: string; readonly left: readonly Place[] } {
  const ours = tablesIn(written);
  const known = documentOf(written.join("\n"));
  const kept = tablesIn([section]).map((table) => {
    if (table.header === null) return withLines(table, otherLines(table, ours));
    const own = ours.find(({ header }) => header === table.header);
    const added = own === undefined ? null : linesAfter(table, own);
    const place = { path: pathOf(table.header) };
    const isSame = isDeepStrictEqual(valueOf(document, place), valueOf(known, place));
    // One of a list of tables is found by its lines alone.
    return added === null || !(isSame || table.header.startsWith("[[")) ? table : withLines(table, added);
  });
  const text = kept.map(({ raw }) => raw).join("");
  return { text: text.trim() === "" ? "" : text, left: kept.flatMap((table) => placesIn(table)) };
}

interface Table {
  /** Null: lines before the first table. */
  readonly header: string | null;
  /** With line ends. */
  readonly raw: string;
}

function tablesIn(texts: readonly string[]): readonly Table[] {
  return texts
    .flatMap((text) => text.split(/^(?=[ \t]*\[)/m))
    .filter((raw) => raw.trim() !== "")
    .map((raw) => ({ header: /^[ \t]*(\[.*)/.exec(raw)?.[1]?.trim() ?? null, raw }));
}

function withLines({ header }: Table, lines: readonly string[]): Table {
  return { header, raw: lines.join("") };
}

function linesOf({ raw }: Table): readonly string[] {
  return raw.split(/(?<=\n)/);
}

const isRemark = (line: string): boolean => /^\s*(?:#|$)/.test(line);

/** Comments behind what was written; null where anything else was added, or something is missing. */
function linesAfter(table: Table, own: Table): readonly string[] | null {
  const [lines, ours] = [linesOf(table), linesOf(own).filter((line) => line.trim() !== "")];
  if (!ours.every((line, index) => line.trim() === lines[index]?.trim())) return null;
  const rest = lines.slice(ours.length);
  if (!rest.every(isRemark)) return null;
  return rest.some((line) => line.trim() !== "") ? rest : [];
}

function otherLines(table: Table, ours: readonly Table[]): readonly string[] {
  const own = new Set(
    ours.filter(({ header }) => header === null).flatMap((one) => linesOf(one).map((line) => line.trim())),
  );
  return linesOf(table).filter((line) => !own.has(line.trim()));
}

/** Of what is no comment. */
function placesIn(table: Table): readonly Place[] {
  const lines = linesOf(table).filter((line) => !isRemark(line));
  if (table.header === null) return lines.map((line) => ({ path: [line.split("=")[0]?.trim() ?? line] }));
  const path = pathOf(table.header);
  return lines.length === 0 || path.length === 0 ? [] : [{ path }];
}

/** Undefined where nothing is. */
export function valueOf(document: Record<string, unknown>, { path }: Place): JsonValue | undefined {
  return valueAtSteps(document as JsonValue, path);
}

/** The keys of a header; none where a line only looks like one. */
function pathOf(header: string): readonly string[] {
  const path: string[] = [];
  let inner: unknown = documentOf(header);
  while (typeof inner === "object" && inner !== null) {
    const [key] = Object.keys(inner);
    if (key === undefined) break;
    if (!Array.isArray(inner)) path.push(key);
    inner = (inner as Record<string, unknown>)[key];
  }
  return path;
}

function documentOf(text: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch {
    return {};
  }
}
