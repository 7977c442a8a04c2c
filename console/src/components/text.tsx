import { marked, pieces } from "../text/hostile-text";
import { LongText } from "./long-text.tsx";
import { drawable, Marks } from "./marks.tsx";

/** Longer text is shown in a scrolling box, so that it cannot push other content out of sight. */
const longLength = 2_000;

/** Untrusted text in full, with invisible and deceptive characters marked. */
export function Text({ children }: { readonly children: string }) {
  if (children.length > longLength) return <LongText text={children} />;
  return (
    <bdi>
      <Marks of={drawable(pieces(children))} />
    </bdi>
  );
}

/** Length of the note that the text continues; a cut that hides fewer characters would save nothing. */
const roomOfMore = 36;

/** The beginning of a text, for a line in a list, with a note about the rest. */
export function BriefText({ children, most = 160 }: { readonly children: string; readonly most?: number }) {
  const points = [...children.slice(0, (most + roomOfMore) * 2)];
  if (points.length <= most + roomOfMore) return <Text>{children}</Text>;
  const start = points.slice(0, most).join("");
  return (
    <>
      <Text>{start}</Text>
      <span class="more-text">
        {" "}
        [{(children.length - start.length).toLocaleString("en")} more characters on the card]
      </span>
    </>
  );
}

/** The same as a string, for titles and accessible names. */
export function briefly(text: string, most = 80): string {
  const points = [...text.slice(0, most * 2)];
  return points.length <= most ? marked(text) : `${marked(points.slice(0, most).join(""))} [cut here]`;
}
