import { toneOf, wordOf } from "../text/state-words";
import { Tone } from "./tone.tsx";

/** An effect or an approval's state: colour, icon and word together. */
export function StateTag({ state }: { readonly state: string }) {
  return <Tone tone={toneOf(state)}>{wordOf(state)}</Tone>;
}
