import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Somebody who can be asked. */
export interface Terminal {
  /** The answer without its line's end; null when there is none: the input ended, or Ctrl-C. */
  ask(question: string): Promise<string | null>;
}

/** Null when nobody sits there: then nothing is asked, and a verb says which options stand for the answer. */
export function openTerminal(
  input: Readable & { readonly isTTY?: boolean },
  output: { write(text: string): unknown },
  stop: AbortSignal,
): Terminal | null {
  if (input.isTTY !== true) return null;
  return {
    async ask(question) {
      output.write(question);
      const lines = createInterface({ input });
      const end = (): void => lines.close();
      stop.addEventListener("abort", end);
      const answer = await new Promise<string | null>((resolve) => {
        lines.once("line", resolve);
        lines.once("close", () => resolve(null));
      });
      stop.removeEventListener("abort", end);
      lines.close();
      return answer;
    },
  };
}
