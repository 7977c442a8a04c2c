import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { createColors } from "picocolors";
import { environmentVariable } from "../../config/environment.ts";
import { escapeControls } from "../../lib/look-alike.ts";

type Colors = ReturnType<typeof createColors>;

type Input = Readable & { readonly isTTY?: boolean };

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface Streams {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Absent when no person can type an answer. */
  readonly stdin?: Input;
}

/** Results go to stdout, so that they can be piped; messages go to stderr. */
export interface Printer {
  /** The result of the command: `value` as JSON with `--json`, else `text`. */
  result(json: boolean, value: unknown, text: string): void;
  /** Text beside the result: errors, hints, questions. */
  message(text: string): void;
  /** How far a long command is, on one line that the next call replaces; null removes it. Only shown on a terminal. */
  progress(text: string | null): void;
  readonly colors: Colors;
}

export function createPrinter(streams: Streams): Printer {
  const colors = createColors(wantsColor(streams.stdout.isTTY === true));
  return {
    result(json, value, text) {
      streams.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
    },
    message: (text) => void streams.stderr.write(`${text}\n`),
    progress(text) {
      if (streams.stderr.isTTY === true) streams.stderr.write(`${clearedLine}${text ?? ""}`);
    },
    colors,
  };
}

/** To the first column, and everything behind it removed (ECMA-48, EL). */
const clearedLine = "\r\u001b[K";

/** https://no-color.org: any non-empty value. */
function wantsColor(terminal: boolean): boolean {
  return terminal && (environmentVariable("NO_COLOR") ?? "") === "" && environmentVariable("TERM") !== "dumb";
}

/** An effect with its sign and colour, the same in every verb. */
export function effectWord(colors: Colors, effect: string): string {
  if (effect === "allow") return colors.cyan("✓ allow");
  if (effect === "hold") return colors.yellow("‖ hold ");
  if (effect === "deny") return colors.red("✕ deny ");
  return escapeControls(effect);
}

/** Columns as wide as their widest cell. Escapes control characters in cells. */
export function table(head: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => escapeControls(cell ?? "–")));
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(head), ...cells.map(line)].join("\n");
}

/** A terminal at which a person can answer questions. */
export interface Terminal {
  /** The typed line without its end; null when the input ended or Ctrl-C was pressed. */
  ask(question: string): Promise<string | null>;
}

/** Null when the input is no terminal: a verb then names the options that replace the answer. */
export function openTerminal({ stdin, stderr }: Streams, stop: AbortSignal): Terminal | null {
  if (stdin?.isTTY !== true) return null;
  return {
    async ask(question) {
      stderr.write(question);
      const lines = createInterface({ input: stdin });
      const end = (): void => lines.close();
      stop.addEventListener("abort", end);
      const answer = await new Promise<string | null>((resolve) => {
        lines.once("line", resolve);
        lines.once("close", () => resolve(null));
      });
      stop.removeEventListener("abort", end);
      lines.close();
      return answer;
    },
  };
}
