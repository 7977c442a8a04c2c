import { toneOf, wordOf } from "../text/state-words.ts";
import { Icon } from "./icon.tsx";

/** An effect or an approval's state: colour, icon and word together. */
export function StateTag({ state }: { readonly state: string }) {
  const tone = toneOf(state);
  return (
    <span class={`tag tone-${tone}`}>
      <Icon name={tone} />
      {wordOf(state)}
    </span>
  );
}
