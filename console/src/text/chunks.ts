import type { Piece } from "./hostile-text.ts";

/** Long enough that there are few chunks, short enough that one is laid out quickly. */
const chunkLength = 4_000;

/** Groups pieces into blocks. A browser lays out only visible blocks, so that a megabyte of text does not freeze the page. */
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
