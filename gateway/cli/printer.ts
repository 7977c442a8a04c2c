import type { Readable } from "node:stream";
import { createColors } from "picocolors";
import { environmentVariable } from "../config/environment.ts";
import { visible } from "./visible.ts";

type Colors = ReturnType<typeof createColors>;

export interface Streams {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown };
  /** Where somebody types; absent when nobody can. */
  readonly stdin?: Readable & { readonly isTTY?: boolean };
}

/** The one mouth of the command line: results on stdout, so that they can be piped; what is said beside them on stderr. */
export interface Printer {
  /** What was asked for: with `--json` the value, else the text. */
  result(json: boolean, value: unknown, text: string): void;
  /** Words beside the result: errors, hints, what is about to be done. */
  say(text: string): void;
  readonly colors: Colors;
}

export function createPrinter(streams: Streams): Printer {
  const colors = createColors(wantsColor(streams.stdout.isTTY === true));
  return {
    result(json, value, text) {
      streams.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
    },
    say: (text) => void streams.stderr.write(`${text}\n`),
    colors,
  };
}

/** https://no-color.org: any non-empty value. */
function wantsColor(terminal: boolean): boolean {
  return terminal && (environmentVariable("NO_COLOR") ?? "") === "" && environmentVariable("TERM") !== "dumb";
}

/** Each effect has one sign, one word and one colour, the same everywhere. */
export function effectWord(colors: Colors, effect: string): string {
  if (effect === "allow") return colors.cyan("✓ allow");
  if (effect === "hold") return colors.yellow("‖ hold ");
  if (effect === "deny") return colors.red("✕ deny ");
  return visible(effect);
}

/** Columns as wide as their widest cell; cells are made visible here, so that no caller forgets. `paint` colours after the widths are known. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  paint?: (cell: string, column: number) => string,
): string {
  const cells = rows.map((row) => row.map((cell) => visible(cell ?? "–")));
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[], color?: (cell: string, column: number) => string) =>
    row
      .map((cell, column) => (color ?? ((text: string) => text))(cell.padEnd(widths[column] ?? 0), column))
      .join("  ")
      .trimEnd();
  return [line(head), ...cells.map((row) => line(row, paint))].join("\n");
}
