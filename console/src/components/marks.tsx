import type { Piece } from "../text/hostile-text";

/** With more marks than this, marks are written as plain text, since so many elements would slow the page down. */
const maxElements = 500;

/** Merges marks into plain text when there are too many elements to draw. */
export function drawable(found: readonly Piece[]): readonly Piece[] {
  if (found.length <= maxElements) return found;
  return [{ kind: "plain", shown: found.map((piece) => piece.shown).join("") }];
}

export function Marks({ of }: { readonly of: readonly Piece[] }) {
  return (
    <>
      {of.map((piece, index) =>
        piece.kind === "plain" ? (
          piece.shown
        ) : (
          <mark key={index} class="codepoint">
            {piece.shown}
          </mark>
        ),
      )}
    </>
  );
}
