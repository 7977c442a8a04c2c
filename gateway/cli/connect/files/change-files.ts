import type { Edit, Place } from "../edits.ts";
import { missingFolders, modeOf, readText } from "./disk.ts";
import { putIntoJson, type PutEntry, takeOutOfJson } from "./json-file.ts";
import { digest, type Record, type Records } from "./records.ts";
import { putIntoToml, sectionsOf, takeOutOfToml } from "./toml-file.ts";
import { placesOf } from "./toml-tables.ts";

/** One file, before and after; null where there is none. */
export interface Change {
  readonly file: string;
  readonly before: string | null;
  readonly after: string | null;
  /** What somebody has written into what was put in, or changed of it, and that stays. */
  readonly left: readonly Place[];
  /** What an earlier run has put in, and this one does not want. */
  readonly dropped: readonly Place[];
  /** Of a file that is made. */
  readonly mode: number;
  /** What was known of it, and what is to be known of it; null: nothing. */
  readonly known: Record | null;
  readonly kept: Record | null;
}

/**
 * What an edit changes. It is made anew from the file as it was without us, so that the same edit twice changes nothing the
 * second time. @throws CliFailure connect_unreadable, connect_taken
 */
export function changeFor(edit: Edit, records: Records, mode: number): Change {
  const { path: file, format } = edit;
  const known = records.of(file);
  const before = readText(file);
  const { text: base, left } = known === null ? { text: before, left: [] } : without(file, before, known);
  const { text, entries } = putInto(edit, base ?? "");
  const sections = edit.format === "toml" ? sectionsOf(edit) : [];
  const folders = [...new Set([...(known?.folders ?? []), ...missingFolders(file)])];
  const kept = { version: 1, file, format, original: base, written: digest(text), folders, entries, sections } as const;
  const wanted = edit.format === "toml" ? placesOf(sections) : edit.entries;
  return { file, before, after: text, left, dropped: putBefore(known, [...wanted, ...left]), mode, known, kept };
}

/** What takes out exactly what was put in; null for a file of which nothing is known. @throws CliFailure connect_unreadable */
export function undoFor(file: string, records: Records): Change | null {
  const known = records.of(file);
  if (known === null) return null;
  const before = readText(file);
  const { text, left } = without(file, before, known);
  const dropped = putBefore(known, left);
  return { file, before, after: text, left, dropped, mode: modeOf(file) ?? 0o600, known, kept: null };
}

/** Places of what an earlier run has put in, without some. */
function putBefore(known: Record | null, but: readonly Place[]): readonly Place[] {
  const others = new Set(but.map(({ path }) => JSON.stringify(path)));
  const places: readonly Place[] = known === null ? [] : [...known.entries, ...placesOf(known.sections)];
  return places.filter(({ path }) => !others.has(JSON.stringify(path)));
}

/** A mark of the byte order stays where it is: at the beginning, before everything. */
const mark = "\uFEFF";

function putInto(edit: Edit, base: string): { readonly text: string; readonly entries: readonly PutEntry[] } {
  if (base.startsWith(mark)) {
    const { text, entries } = putInto(edit, base.slice(1));
    return { text: mark + text, entries };
  }
  return edit.format === "json" ? putIntoJson(base, edit) : { text: putIntoToml(base, edit), entries: [] };
}

interface Without {
  readonly text: string | null;
  readonly left: readonly Place[];
}

/** The file without what an earlier run has put in. */
function without(file: string, before: string | null, known: Record): Without {
  if (before === null) return { text: null, left: [] };
  // It was recorded, and then not written.
  if (before === known.original) return { text: before, left: [] };
  // Nobody has touched it since, so it is as it was, byte by byte.
  if (digest(before) === known.written) return { text: known.original, left: [] };
  const hasMark = before.startsWith(mark);
  const { text, left } = takenOut(file, hasMark ? before.slice(1) : before, known);
  // A file that we have made goes when nothing else came into it.
  const isEmpty = known.original === null && /^\s*(?:\{\s*\}\s*)?$/.test(text);
  return { text: isEmpty ? null : (hasMark ? mark : "") + text, left };
}

function takenOut(
  file: string,
  text: string,
  { format, entries, sections }: Record,
): Without & { readonly text: string } {
  return format === "toml" ? takeOutOfToml(text, sections, file) : takeOutOfJson(text, entries, file);
}
