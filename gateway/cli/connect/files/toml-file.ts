import { parse, TomlError } from "smol-toml";
import { CliFailure, exits } from "../../common/verb.ts";
import type { TomlEdit } from "../edits.ts";

const begin = "# >>> sallyport: written by `sallyport connect`; `--undo` takes it out";
const end = "# <<< sallyport";

/**
 * Puts text between markers into a TOML file, and touches nothing else: keys of the root table at its top, tables at its end.
 * @throws CliFailure connect_unreadable, connect_taken
 */
export function putIntoToml(before: string, { path: file, head, tables }: TomlEdit): string {
  readToml(before, file);
  const eol = before.includes("\r\n") ? "\r\n" : "\n";
  const top = head === "" ? "" : section(head, eol) + (before === "" ? "" : eol);
  const gap = before === "" || before.endsWith("\n") ? "" : eol;
  const between = before === "" && top === "" ? "" : eol;
  const text = top + before + (tables === "" ? "" : gap + between + section(tables, eol));
  try {
    parse(text);
  } catch (failure) {
    const why = (failure as Error).message.split("\n")[0] ?? "";
    const what = `${file} has tables or keys already that are to be written (${why}).`;
    const how = "Take them out, or choose other names with --prefix; --dry-run shows what is written.";
    throw new CliFailure(exits.negative, "connect_taken", `${what} ${how} Nothing was changed.`);
  }
  return text;
}

/** The file without what stands between the markers, and without the empty lines that were put in with it. */
export function takeOutOfToml(text: string): string {
  const lines = `(?:${RegExp.escape(begin)})[^]*?${RegExp.escape(end)}\\r?\\n`;
  return text.replace(new RegExp(`^${lines}(?:\\r?\\n)?`), "").replace(new RegExp(`(?:(?<=\\n)\\r?\\n)?${lines}`), "");
}

function section(text: string, eol: string): string {
  return [begin, ...text.trimEnd().split("\n"), end, ""].join(eol);
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
