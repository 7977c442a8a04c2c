import type { Detection, DetectorKind } from "./result.ts";
import { escapedStep, isExactNumber, type JsonObject, type JsonValue } from "../lib/json.ts";

/**
 * Finds values of the given kinds in a text, or of all; offsets in UTF-16 units, in order, without overlap. `name` is that of the field
 * whose value the text is: what stands in `password` is looked at in another way.
 */
export type FindKinds = (
  text: string,
  kinds?: ReadonlySet<DetectorKind>,
  name?: string,
) => readonly { readonly kind: DetectorKind; readonly start: number; readonly end: number }[];

/** Places that are told of one answer; what is beyond is told at the first place of its kind. */
const mostPlaces = 200;

/** What detectors find in the texts, numbers and keys of a content, by place. */
export function detectionsIn(content: JsonValue, find: FindKinds): readonly Detection[] {
  const counts = new Map<string, { kind: DetectorKind; pointer: string; count: number }>();
  const firstOf = new Map<DetectorKind, { count: number }>();
  const once = foundOnce(find);
  const note: Note = (text, pointer, name) => {
    for (const { kind } of once(text, name)) {
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
  visit(content, { pointer: "", name: "" }, note);
  return [...counts.values()];
}

/** What stands in many places under one name, as in lists of records, is looked at once. */
function foundOnce(find: FindKinds): (text: string, name: string) => ReturnType<FindKinds> {
  const byName = new Map<string, Map<string, ReturnType<FindKinds>>>();
  return (text, name) => {
    const known = byName.get(name) ?? new Map<string, ReturnType<FindKinds>>();
    if (known.size === 0) byName.set(name, known);
    const before = known.get(text);
    if (before !== undefined) return before;
    const found = find(text, undefined, name);
    known.set(text, found);
    return found;
  };
}

/** A number of so few digits is nothing that a detector looks for, whatever its name. `text`: as JSON writes it. */
export function isShortNumber(text: string): boolean {
  return text.length <= 7 && /^-?\d*\.?\d*$/.test(text) && text.replace(/\D/g, "").length < 6;
}

type Note = (text: string, pointer: string, name: string) => void;

interface Place {
  readonly pointer: string;
  /** The member's, also of each item of a list. */
  readonly name: string;
}

function visit(value: JsonValue, { pointer, name }: Place, note: Note): void {
  if (typeof value === "string") note(value, pointer, name);
  else if (typeof value === "number" || isExactNumber(value)) {
    const text = JSON.stringify(value);
    if (!isShortNumber(text)) note(text, pointer, name);
  } else if (typeof value === "object" && value !== null)
    for (const [key, inner] of Object.entries(value as JsonObject)) {
      const below = `${pointer}/${escapedStep(key)}`;
      if (!Array.isArray(value)) note(key, below, "");
      visit(inner, { pointer: below, name: Array.isArray(value) ? name : key }, note);
    }
}

interface WithArguments {
  readonly arguments: JsonObject;
}

/** What detectors find in the arguments of a call. Looked for at the first access: few policies read it. */
export class ArgumentDetections {
  readonly #of: WithArguments;
  readonly #find: FindKinds;
  #places: readonly Detection[] | null = null;

  constructor(of: WithArguments, find: FindKinds) {
    this.#of = of;
    this.#find = find;
  }

  /** The pointers lead into the arguments. */
  get places(): readonly Detection[] {
    return (this.#places ??= detectionsIn(this.#of.arguments, this.#find));
  }

  /** Whether somebody has looked. */
  get isKnown(): boolean {
    return this.#places !== null;
  }
}

/** Of a document without arguments. */
export const noDetections = new ArgumentDetections({ arguments: {} }, () => []);
