import { parse, TomlError } from "smol-toml";
import { CliFailure, exits } from "../../common/verb.ts";
import type { Place, TomlEdit } from "../edits.ts";
import { marked, type Marked, sectionText } from "./toml-markers.ts";
import { headersOf, placesOf, valueOf, withoutWritten } from "./toml-tables.ts";

/**
 * Puts text between markers into a TOML file, and touches nothing else: keys of the root table at its top, tables at its end.
 * @throws CliFailure connect_unreadable, connect_taken
 */
export function putIntoToml(before: string, edit: TomlEdit): string {
  const { path: file, head, tables } = edit;
  const document = readToml(before, file);
  const eol = before.includes("\r\n") ? "\r\n" : "\n";
  const top = head === "" ? "" : sectionText(head, eol) + (before === "" ? "" : eol);
  const gap = before === "" || before.endsWith("\n") ? "" : eol;
  const between = before === "" && top === "" ? "" : eol;
  const text = top + before + (tables === "" ? "" : gap + between + sectionText(tables, eol));
  try {
    parse(text);
  } catch {
    const names = placesOf(sectionsOf(edit))
      .filter((place) => valueOf(document, place) !== undefined)
      .map(({ path }) => path.join("."));
    const why = names.length === 0 ? "" : ` (${names.join(", ")})`;
    const what = `${file} has tables or keys already that are to be written${why}.`;
    const how = "Take them out, or choose other names with --prefix; --dry-run shows what is written.";
    throw new CliFailure(exits.negative, "connect_taken", `${what} ${how} Nothing was changed.`);
  }
  return text;
}

/** What an edit puts between markers, a text for each pair of them. */
export function sectionsOf({ head, tables }: TomlEdit): readonly string[] {
  return [head, tables].filter((text) => text !== "");
}

/**
 * The file without what was put between its markers, and without the empty lines that were put in with it. `left`: what stands there
 * otherwise than it was written, which stays.
 * @throws CliFailure connect_unreadable, connect_marker
 */
export function takeOutOfToml(
  before: string,
  written: readonly string[],
  file: string,
): { readonly text: string; readonly left: readonly Place[] } {
  const document = readToml(before, file);
  let text = before;
  const left: Place[] = [];
  for (const section of marked(before, file, headersOf(written)).toReversed()) {
    const kept = withoutWritten(section.inner, written, document);
    left.unshift(...kept.left);
    text = replaced(text, section, kept.text);
  }
  return { text, left };
}

/** With one of the empty lines around it where nothing of it stays. */
function replaced(text: string, { from, to }: Marked, kept: string): string {
  if (kept !== "") return text.slice(0, from) + kept + text.slice(to);
  const [ahead, behind] = [text.slice(0, from), text.slice(to)];
  return from === 0 ? behind.replace(/^\r?\n/, "") : ahead.replace(/(?<=\n)\r?\n$/, "") + behind;
}

/** @throws CliFailure connect_unreadable that names file, line and column */
export function readToml(text: string, file: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (failure) {
    const place = failure instanceof TomlError ? `:${failure.line}:${failure.column}` : "";
    const what = (failure as Error).message.split("\n")[0] ?? "";
    throw new CliFailure(
      exits.usage,
      "connect_unreadable",
      `${file}${place} is not valid TOML (${what}). Mend it and run this again; nothing was changed.`,
    );
  }
}
