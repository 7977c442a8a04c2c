import { Recent } from "../../lib/caches.ts";
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

/** Characters of what a part is made of, at most: senders choose some of it, and a longer one hardly comes again. */
const KEY_CHARS = 2_048;
/** What an entry takes beside its texts, about. */
const ENTRY_CHARS = 128;

/** Parts of the latest records, by what they are made of. */
export class Parts {
  readonly #parts: Recent<Part | null>;

  /** `mostChars`: so many characters are known, and up to as many again. */
  constructor(mostChars: number) {
    this.#parts = new Recent(mostChars, sizeOf);
  }

  /** Null for a long key. */
  get(key: string, make: () => Part): Part | null {
    if (key.length > KEY_CHARS) return null;
    return this.#parts.get(key) ?? this.#add(key, make());
  }

  /** Null for a long key, and for the first time: it may be the only one, and then its record has all of it itself. */
  getAgain(key: string, make: () => Part): Part | null {
    if (key.length > KEY_CHARS) return null;
    const known = this.#parts.get(key);
    if (known !== undefined) return known ?? this.#add(key, make());
    this.#parts.set(key, null);
    return null;
  }

  #add(key: string, part: Part): Part {
    this.#parts.set(key, part);
    return part;
  }
}

function sizeOf(key: string, part: Part | null): number {
  return ENTRY_CHARS + key.length + (part?.record.members.length ?? 0);
}
