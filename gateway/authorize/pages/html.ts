import { escapeHtml } from "../../lib/escape-html.ts";

/** A piece of HTML in which everything that was put in is escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | Html | null | readonly Html[];

/** HTML from a template: texts are escaped, for elements and quoted attributes; pieces of HTML are put in as they are. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const parts = strings.flatMap((string, at) =>
    at < pieces.length ? [string, written(pieces[at] ?? null)] : [string],
  );
  return new Html(parts.join(""));
}

function written(piece: Piece): string {
  if (piece === null) return "";
  if (typeof piece === "string") return escapeHtml(piece);
  return piece instanceof Html ? piece.text : piece.map(({ text }) => text).join("");
}
