import type { Detection, DetectorKind } from "../../domain/result.ts";
import { escapedStep, isExactNumber, type JsonObject, type JsonValue } from "../../lib/json.ts";

/** Finds values of the given kinds in a text, or of all; offsets in UTF-16 units, in order, without overlap. */
export type FindKinds = (
  text: string,
  kinds?: ReadonlySet<DetectorKind>,
) => readonly { readonly kind: DetectorKind; readonly start: number; readonly end: number }[];

/** Places that are told of one answer; what is beyond is told at the first place of its kind. */
const mostPlaces = 200;

/** What detectors find in the texts, numbers and keys of a content, by place. */
export function detectionsIn(content: JsonValue, find: FindKinds): readonly Detection[] {
  const counts = new Map<string, { kind: DetectorKind; pointer: string; count: number }>();
  const firstOf = new Map<DetectorKind, { count: number }>();
  const note = (text: string, pointer: string): void => {
    for (const { kind } of find(text)) {
      const key = `${kind} ${pointer}`;
      const known = counts.get(key) ?? (counts.size < mostPlaces ? undefined : firstOf.get(kind));
      if (known !== undefined) {
        known.count += 1;
        continue;
      }
      const place = { kind, pointer, count: 1 };
      counts.set(key, place);
      if (!firstOf.has(kind)) firstOf.set(kind, place);
    }
  };
  visit(content, "", note);
  return [...counts.values()];
}

function visit(value: JsonValue, pointer: string, note: (text: string, pointer: string) => void): void {
  if (typeof value === "string") note(value, pointer);
  else if (typeof value === "number" || isExactNumber(value)) note(JSON.stringify(value), pointer);
  else if (typeof value === "object" && value !== null)
    for (const [key, inner] of Object.entries(value as JsonObject)) {
      const place = `${pointer}/${escapedStep(key)}`;
      if (!Array.isArray(value)) note(key, place);
      visit(inner, place, note);
    }
}
