/**
 * A part of untrusted text: plain, or a mark for deceptive characters. Nothing is dropped; a repeated mark becomes one
 * mark with a count.
 */
export interface Piece {
  readonly kind: "plain" | "mark";
  /** For a mark: the code point's name in brackets, ⟦U+202E⟧. */
  readonly shown: string;
}

/**
 * Controls, formats (bidi, zero-width, tags), private, unassigned, lone surrogates, line and paragraph separators,
 * every space but U+0020 and long runs of that, whatever renderers may leave out, stacked combining marks, and the brackets of the marks themselves.
 * https://www.unicode.org/reports/tr36/ , https://www.unicode.org/reports/tr9/#Security_Considerations
 */
const suspicious =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u27E6\u27E7]|(?! )\p{Zs}| {16,}|(?<=\p{M}{2})\p{M}/u;

const splitter = new RegExp(`((?:${suspicious.source})+)`, "u");

export function pieces(text: string): Piece[] {
  return text.split(splitter).flatMap((part, index): Piece[] => {
    if (part === "") return [];
    return index % 2 === 0 ? [{ kind: "plain", shown: part }] : runs(part);
  });
}

/** The whole text with marks, as one string. */
export function marked(text: string): string {
  return pieces(text)
    .map((piece) => piece.shown)
    .join("");
}

/** The same code point many times over becomes one mark with a count, so that padding cannot push the rest out of sight. */
function runs(part: string): Piece[] {
  const found: Piece[] = [];
  const points = [...part];
  for (let start = 0; start < points.length;) {
    const point = points[start] as string;
    let end = start + 1;
    while (points[end] === point) end += 1;
    found.push({ kind: "mark", shown: mark(point, end - start) });
    // A line break still breaks the line, or long texts could not be read.
    if (point === "\n") found.push({ kind: "plain", shown: "\n" });
    start = end;
  }
  return found;
}

function mark(point: string, times: number): string {
  const code = (point.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const count = times === 1 ? "" : ` ×${times}`;
  return `⟦U+${code}${count}⟧`;
}

export function isSuspicious(text: string): boolean {
  return suspicious.test(text);
}
