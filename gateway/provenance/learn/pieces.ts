import type { JsonObject, JsonValue } from "../../lib/json.ts";
import { longestText } from "../text/words/words.ts";

/** Of a value that is no text, in units of a text that takes as long. */
const perValue = 8;

const deepest = 64;

/** An answer with more is read in turns of the event loop: it takes more than a millisecond. */
const longUnits = 65_536;

export function isLong(content: JsonValue): boolean {
  return roomAfter(content, longUnits, 0) < 0;
}

/** Whether a value is read at once, in half a millisecond or so, as most answers are. */
export function isOnePiece(value: JsonValue): boolean {
  return roomAfter(value, longestText, 0) >= 0;
}

/** Below 0 as soon as a value does not fit. */
function roomAfter(value: JsonValue, room: number, depth: number): number {
  if (typeof value === "string") return room - perValue - value.length;
  let left = room - perValue;
  if (typeof value !== "object" || value === null || depth > deepest) return left;
  if (Array.isArray(value)) {
    const items = value as readonly JsonValue[];
    for (let at = 0; at < items.length && left >= 0; at += 1) left = roomAfter(items[at] as JsonValue, left, depth + 1);
    return left;
  }
  const members = value as JsonObject;
  for (const key in members) {
    left = roomAfter(members[key] as JsonValue, left, depth + 1);
    if (left < 0) return left;
  }
  return left;
}
