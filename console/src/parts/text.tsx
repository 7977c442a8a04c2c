import { marked, pieces } from "../text/hostile-text.ts";

/** Above this many marks they are written into the text instead of being elements, or the page would drown. */
const maxElements = 500;

/** Text that a request may have chosen: complete, as text, with what hides made visible. */
export function Text({ children }: { readonly children: string }) {
  const parts = pieces(children);
  if (parts.length > maxElements) return <bdi>{marked(children)}</bdi>;
  return (
    <bdi>
      {parts.map((piece, index) =>
        piece.kind === "plain" ? (
          piece.shown
        ) : (
          <mark key={index} class="codepoint">
            {piece.shown}
          </mark>
        ),
      )}
    </bdi>
  );
}
