import { pointerSteps } from "../../lib/json.ts";
import { isSecretName } from "../../lib/secret-names.ts";
import { isNumber, numberText, parseValue, RegoObject, RegoSet, type Value } from "../value.ts";

const MASKED = "[masked]";
const REMOVED = "[removed]";

/** A shorter text would be found by chance within others: it is hidden only where it is the whole value. */
const SHORTEST_PART = 4;
/** With more of them no text is printed at all: to look for each in each would take long. */
const MOST_PARTS = 64;
/** Characters that are searched for a unit of fuel. */
const CHARACTERS_PER_UNIT = 64;

interface Known {
  readonly names: ReadonlySet<string>;
  readonly whole: ReadonlySet<string>;
  readonly parts: readonly string[];
}

/**
 * Finds the values of masked places again in what is printed: texts and numbers, wherever they stand, also within longer texts; and the
 * names of members there where they are names. What a rule makes of such a value, such as its upper case or a part of it, is not
 * recognized; nor are true, false and null.
 */
export class MaskedValues {
  readonly #pointers: readonly string[];
  readonly #text: () => string | null;
  readonly #charge: (units: number) => void;
  #known: Known | null = null;
  /** UTF-16 units that may still be shown. */
  #room = Infinity;

  /** `pointers`: RFC 6901, into the input. `text`: the JSON text that the policy was given, read at the first use; null for none. */
  constructor(pointers: readonly string[], text: () => string | null, charge: (units: number) => void) {
    this.#pointers = pointers;
    this.#text = text;
    this.#charge = charge;
  }

  /**
   * The value with each masked one replaced, and without the values of members with the name of a secret. What stands behind the first
   * `most` UTF-16 units is left out between two members, so that no text in it is cut before it is searched.
   */
  without(value: Value, most = Infinity): Value {
    this.#room = most;
    return this.#shown(value);
  }

  #shown(value: Value): Value {
    if (typeof value === "string") return this.#used(this.#hidden(value));
    if (isNumber(value)) {
      const text = numberText(value);
      return this.#used(this.#hidden(text)) === text ? value : MASKED;
    }
    if (value instanceof RegoSet) return RegoSet.from(this.#first(value.values(), (item) => this.#shown(item)));
    if (value instanceof RegoObject)
      return RegoObject.from(this.#first(value.entries(), ([key, item]) => [this.#name(key), this.#member(key, item)]));
    if (value === null || typeof value === "boolean") return value;
    return this.#first(value, (item) => this.#shown(item));
  }

  #used(text: string): string {
    this.#room -= text.length;
    return text;
  }

  #first<Item, Shown>(items: readonly Item[], show: (item: Item) => Shown): Shown[] {
    const shown: Shown[] = [];
    for (const item of items) {
      if (this.#room < 0) break;
      // A blank and a comma, or a bracket.
      this.#room -= 1;
      shown.push(show(item));
    }
    return shown;
  }

  #name(key: Value): Value {
    const isMasked = typeof key === "string" && this.#pointers.length > 0 && this.#values().names.has(key);
    return isMasked ? this.#used(MASKED) : this.#shown(key);
  }

  #member(key: Value, value: Value): Value {
    return typeof key === "string" && isSecretName(key) ? this.#used(REMOVED) : this.#shown(value);
  }

  #hidden(text: string): string {
    if (this.#pointers.length === 0) return text;
    const { whole, parts } = this.#values();
    if (whole.has(text) || parts.length > MOST_PARTS) return MASKED;
    this.#charge((parts.length * text.length) / CHARACTERS_PER_UNIT);
    return parts.reduce((left, part) => left.replaceAll(part, MASKED), text);
  }

  #values(): Known {
    return (this.#known ??= this.#read());
  }

  #read(): Known {
    const text = this.#text();
    this.#charge((text ?? "").length);
    const input = text === null ? null : parseValue(text);
    const masked = this.#pointers.map((pointer) => valueAt(input, pointerSteps(pointer)));
    const whole = new Set(masked.flatMap(scalars));
    // The longest first, so that none leaves the rest of another one.
    const parts = [...whole].filter(({ length }) => length >= SHORTEST_PART);
    return { names: new Set(masked.flatMap(namesIn)), whole, parts: parts.toSorted((a, b) => b.length - a.length) };
  }
}

function valueAt(value: Value | undefined, [head, ...rest]: readonly string[]): Value | undefined {
  if (head === undefined || value === undefined) return value;
  if (value instanceof RegoObject) return valueAt(value.get(head), rest);
  return Array.isArray(value) ? valueAt((value as readonly Value[])[Number(head)], rest) : undefined;
}

function scalars(value: Value | undefined): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (value === undefined || value === null || typeof value === "boolean") return [];
  if (isNumber(value)) return [numberText(value)];
  return membersOf(value).flatMap(scalars);
}

function namesIn(value: Value | undefined): string[] {
  const names = value instanceof RegoObject ? value.keys().filter((key) => typeof key === "string") : [];
  return [...names, ...membersOf(value).flatMap(namesIn)];
}

function membersOf(value: Value | undefined): readonly Value[] {
  if (value instanceof RegoObject || value instanceof RegoSet) return value.values();
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}
