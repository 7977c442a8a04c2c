import { CliFailure, exits } from "../../common/verb.ts";

const begin = "# >>> sallyport: written by `sallyport connect`; `--undo` takes it out";
const end = "# <<< sallyport";

/** Lines between two marked ones. */
export function sectionText(text: string, eol: string): string {
  return [begin, ...text.trimEnd().split("\n"), end, ""].join(eol);
}

/** A section with its marked lines: where it begins and ends in the text. */
export interface Marked {
  readonly from: number;
  readonly to: number;
  /** What stands between the marked lines. */
  readonly inner: string;
}

interface Line {
  readonly text: string;
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The sections of a text. `headers`: lines by which what was written is known where both its marked lines are gone.
 * @throws CliFailure connect_marker where one marked line is missing, or both and what was written is still there
 */
export function marked(text: string, file: string, headers: ReadonlySet<string>): readonly Marked[] {
  const lines = linesOf(text);
  const sections: Marked[] = [];
  let open: Line | null = null;
  for (const line of lines) {
    if (line.text === begin) {
      if (open !== null) throw missing(file, open, end);
      open = line;
    } else if (line.text === end) {
      if (open === null) throw missing(file, line, begin);
      sections.push({ from: open.from, to: line.to, inner: text.slice(open.to, line.from) });
      open = null;
    }
  }
  if (open !== null) throw missing(file, open, end);
  const bare = sections.length === 0 ? lines.find((line) => headers.has(line.text)) : undefined;
  if (bare !== undefined) throw missing(file, bare, null);
  return sections;
}

function linesOf(text: string): readonly Line[] {
  let to = 0;
  return text.split(/(?<=\n)/).map((line, index) => {
    const from = to;
    to += line.length;
    return { text: line.trim(), number: index + 1, from, to };
  });
}

/** `gone`: the marked line that is missing; null: both. */
function missing(file: string, { text, number }: Line, gone: string | null): CliFailure {
  const what =
    gone === null
      ? `${text} is what \`sallyport connect\` wrote, and the marked lines around it are gone.`
      : `the marked line that belongs to this one is missing: ${gone}`;
  const how =
    gone === end
      ? "Put it behind what was written"
      : gone === begin
        ? "Put it before what was written"
        : "Take it out yourself, with all that belongs to it";
  const instead = gone === null ? "" : ", or take out what was written, with this line";
  return new CliFailure(
    exits.negative,
    "connect_marker",
    `${file}:${number}: ${what}\n${how}${instead}; then run this again. Nothing was changed.`,
  );
}
