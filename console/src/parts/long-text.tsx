import { useMemo } from "preact/hooks";
import { chunks } from "../text/chunks.ts";
import { pieces } from "../text/hostile-text.ts";
import { byteLength, bytesText } from "../text/json.ts";
import { drawable, Marks } from "./marks.tsx";

/** A long text, whole, in a box to scroll in. */
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
