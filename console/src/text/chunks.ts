import type { Piece } from "./hostile-text.ts";

/** Long enough to be few, short enough that one is laid out in no time. */
const chunkLength = 4_000;

/**
 * Pieces in groups that are shown as blocks of their own: a browser lays out only those in sight, so that a megabyte
 * is there to its last letter and freezes nothing.
 */
export function chunks(pieces: readonly Piece[]): Piece[][] {
  const groups: Piece[][] = [[]];
  let length = 0;
  for (const piece of pieces.flatMap(cut)) {
    if (length >= chunkLength) {
      groups.push([]);
      length = 0;
    }
    groups.at(-1)?.push(piece);
    length += piece.shown.length;
  }
  return groups;
}

/** Cuts plain text, never within a pair of surrogates. */
function cut(piece: Piece): Piece[] {
  if (piece.kind === "mark" || piece.shown.length <= chunkLength) return [piece];
  const parts: Piece[] = [];
  for (let start = 0; start < piece.shown.length;) {
    const end = endOf(piece.shown, start + chunkLength);
    parts.push({ kind: "plain", shown: piece.shown.slice(start, end) });
    start = end;
  }
  return parts;
}

function endOf(text: string, wanted: number): number {
  const code = text.charCodeAt(wanted);
  return code >= 0xdc00 && code <= 0xdfff ? wanted + 1 : wanted;
}
