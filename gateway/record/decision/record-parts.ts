import { numberOf, Recent } from "../../lib/caches.ts";
import { type JsonObject, parseExact } from "../../lib/json.ts";
import { mask } from "./kept-input.ts";
import { SharedRecord } from "./shared-record.ts";

/** Members that records share, and what of their input was masked: pointers into the record. */
export interface Part {
  readonly record: SharedRecord;
  readonly erased: readonly string[];
}

/** `pointers`: into the input, what of it never reaches the log. */
export function partOf(members: string, pointers: readonly string[]): Part {
  if (pointers.length === 0) return { record: new SharedRecord(members), erased: [] };
  const { input = {}, ...others } = parseExact(members) as JsonObject;
  const masked = mask(input, pointers);
  return { record: new SharedRecord(JSON.stringify({ ...others, input: masked.value })), erased: masked.erased };
}

/** Something that a part is made of: a text, or an object that never changes and that many records have. */
export type Ingredient = object | string | number | boolean | null;

/** Characters of what a part is made of, at most: senders choose some of it, and a longer one hardly comes again. */
const KEY_CHARS = 2_048;
/** What an entry takes beside its texts, about. */
const ENTRY_CHARS = 128;
/** Parts that are found by comparing what they are made of: calls that follow on each other are mostly of a few kinds. */
const LATEST = 8;

interface Latest {
  readonly of: readonly Ingredient[];
  readonly part: Part;
}

/** Parts of the latest records, by what they are made of. */
export class Parts {
  readonly #parts: Recent<Part | null>;
  readonly #latest: Latest[] = [];
  /** Place of the next one. */
  #next = 0;

  /** `mostChars`: so many characters are known, and up to as many again. */
  constructor(mostChars: number) {
    this.#parts = new Recent(mostChars, sizeOf);
  }

  /** Null for a long key. */
  get(of: readonly Ingredient[], make: () => Part): Part | null {
    const latest = this.#among(of);
    if (latest !== null) return latest;
    const key = keyOf(of);
    if (key.length > KEY_CHARS) return null;
    return this.#keep(of, this.#parts.get(key) ?? this.#add(key, make()));
  }

  /** Null for a long key, and for the first time: it may be the only one, and then its record has all of it itself. */
  getAgain(of: readonly Ingredient[], make: () => Part): Part | null {
    const latest = this.#among(of);
    if (latest !== null) return latest;
    const key = keyOf(of);
    if (key.length > KEY_CHARS) return null;
    const known = this.#parts.get(key);
    if (known !== undefined) return this.#keep(of, known ?? this.#add(key, make()));
    this.#parts.set(key, null);
    return null;
  }

  #among(of: readonly Ingredient[]): Part | null {
    for (const { of: others, part } of this.#latest) if (isSame(of, others)) return part;
    return null;
  }

  #keep(of: readonly Ingredient[], part: Part): Part {
    this.#latest[this.#next] = { of, part };
    this.#next = (this.#next + 1) % LATEST;
    return part;
  }

  #add(key: string, part: Part): Part {
    this.#parts.set(key, part);
    return part;
  }
}

function isSame(one: readonly Ingredient[], other: readonly Ingredient[]): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

/** No other ingredients have this key. */
function keyOf(of: readonly Ingredient[]): string {
  let key = "";
  for (const one of of) {
    if (typeof one === "string") key += `${one.length}:${one} `;
    else key += `${typeof one === "object" && one !== null ? `#${numberOf(one)}` : String(one)} `;
  }
  return key;
}

function sizeOf(key: string, part: Part | null): number {
  return ENTRY_CHARS + key.length + (part?.record.members.length ?? 0);
}
