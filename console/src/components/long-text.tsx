import { useMemo } from "preact/hooks";
import { chunks } from "../text/chunks";
import { pieces } from "../text/hostile-text";
import { byteLength, bytesText } from "../text/json";
import { drawable, Marks } from "./marks.tsx";

/** A long text in full, in a scrolling box. */
export function LongText({ text }: { readonly text: string }) {
  const groups = useMemo(() => chunks(drawable(pieces(text))), [text]);
  return (
    <bdi class="long-text" tabIndex={0} role="region" aria-label={`Long text, ${bytesText(byteLength(text))}`}>
      {groups.map((group, index) => (
        <span key={index} class="chunk">
          <Marks of={group} />
        </span>
      ))}
    </bdi>
  );
}
