import type { FindKinds } from "../../gateway/domain/detections.ts";
import type { DetectorKind } from "../../gateway/domain/result.ts";

/** Detectors that find what these expressions match. */
export function findWords(words: Partial<Record<DetectorKind, RegExp>>): FindKinds {
  return (text, kinds) =>
    (Object.entries(words) as [DetectorKind, RegExp][])
      .filter(([kind]) => kinds?.has(kind) ?? true)
      .flatMap(([kind, expression]) =>
        [...text.matchAll(expression)].map(({ index, 0: found }) => ({
          kind,
          start: index,
          end: index + found.length,
        })),
      );
}
