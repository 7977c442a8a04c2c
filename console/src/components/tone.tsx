import type { ComponentChildren } from "preact";
import type { Tone as ToneName } from "../text/state-words";
import { Icon } from "./icon.tsx";

/** A word with the colour and icon of one of the effects. */
export function Tone({ tone, children }: { readonly tone: ToneName; readonly children: ComponentChildren }) {
  return (
    <span class={`tag tone-${tone}`}>
      <Icon name={tone} />
      {children}
    </span>
  );
}
