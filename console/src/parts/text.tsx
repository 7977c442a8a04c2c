import { marked, pieces } from "../text/hostile-text.ts";
import { LongText } from "./long-text.tsx";
import { drawable, Marks } from "./marks.tsx";

/** Longer text gets a box of its own to scroll in, so that it cannot push anything else out of sight. */
const longLength = 2_000;

/** Text that a request may have chosen: complete, as text, with what hides made visible. */
export function Text({ children }: { readonly children: string }) {
  if (children.length > longLength) return <LongText text={children} />;
  return (
    <bdi>
      <Marks of={drawable(pieces(children))} />
    </bdi>
  );
}

/** What says that there is more takes this much room itself; a cut that hides less only loses something. */
const roomOfMore = 36;

/** The beginning, for a line in a list; says that there is more, and where. */
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

/** The same as a string, for a title or a name that a screen reader reads. */
export function briefly(text: string, most = 80): string {
  const points = [...text.slice(0, most * 2)];
  return points.length <= most ? marked(text) : `${marked(points.slice(0, most).join(""))} [cut here]`;
}
