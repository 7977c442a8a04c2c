import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Found } from "../../../../gateway/detect/kinds.ts";
import { detectorKinds, type DetectorKind } from "../../../../gateway/domain/result.ts";

export interface Example {
  readonly text: string;
  readonly expected: readonly Found[];
  readonly file: string;
  readonly heldOut: boolean;
}

export const corpusFiles = ["secrets", "contacts", "payment", "national-ids", "injection"] as const;

type Lists = Readonly<Record<"tuned" | "held_out", Readonly<Record<"found" | "nothing", readonly string[]>>>>;

/** Every example of the corpus, its marks taken out of the text. */
export function readCorpus(): Example[] {
  return corpusFiles.flatMap((file) => {
    const lists = parse(readFileSync(join(import.meta.dirname, `${file}.yaml`), "utf8")) as Lists;
    return (["tuned", "held_out"] as const).flatMap((part) =>
      [...lists[part].found, ...lists[part].nothing].map((marked) => ({
        ...unmarked(marked),
        file,
        heldOut: part === "held_out",
      })),
    );
  });
}

/** "⟦kind:value⟧" is a value that must be found; "¦" is left out. */
function unmarked(marked: string): { text: string; expected: Found[] } {
  let text = "";
  const expected: Found[] = [];
  for (const part of marked.replaceAll("¦", "").split(/(⟦[^⟧]*⟧)/)) {
    const [, kind, value] = /^⟦(\w+):([^]*)⟧$/.exec(part) ?? [];
    if (kind === undefined || value === undefined) {
      text += part;
      continue;
    }
    if (!detectorKinds.includes(kind as DetectorKind)) throw new Error(`no such kind: ${kind}`);
    expected.push({ kind: kind as DetectorKind, start: text.length, end: text.length + value.length });
    text += value;
  }
  return { text, expected };
}
