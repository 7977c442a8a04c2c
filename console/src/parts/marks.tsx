import type { Piece } from "../text/hostile-text.ts";

/** Above this many marks they are written into the text instead of being elements, or the page would drown. */
const maxElements = 500;

/** Few enough elements to draw. */
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
