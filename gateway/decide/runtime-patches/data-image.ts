import { isExactNumber, type JsonValue } from "../../lib/json.ts";
import { JsonReader, UnreadJson } from "../../lib/json-reader.ts";
import { AddressStack } from "./address-stack.ts";
import { hashOfBytes } from "./constants.ts";
import { compareBytes } from "../value/bytes.ts";
import { ImageMemory } from "./image-memory.ts";
import { KnownValues } from "./known-values.ts";
import { objectBuckets } from "./memory.ts";

/*
 * Values as OPA's runtime has them in memory (https://github.com/open-policy-agent/opa/blob/v1.22.2/wasm/src/value.h):
 * a byte that says the type, and words at multiples of four.
 */
const NULL = 1;
const BOOLEAN = 2;
const NUMBER = 3;
const STRING = 4;
const ARRAY = 5;
const OBJECT = 6;

/** Kinds of a number: a 64-bit integer at 8, or its text, with its address at 8 and its length at 12. */
const INTEGER = 1;
const WRITTEN = 2;

/** A value that is characters, which are behind its words: its words, without the place and the length of the characters. */
interface Written {
  readonly words: readonly number[];
  /** The word that has the length. */
  readonly lengthAt: number;
}

const text: Written = { words: [STRING, 0, 0], lengthAt: 1 };
const numeral: Written = { words: [NUMBER | (WRITTEN << 8), 0, 0, 0, 0], lengthAt: 3 };
/** The word that has the place of the characters, in both. */
const PLACE_AT = 2;

/** More than the values of one byte of JSON take: of lists of empty objects, they take 24. */
const MOST_PER_BYTE = 32;
/** Parts of a list or an object that may be there once: large ones are seldom equal, and their parts would be hashed in vain. */
const MOST_PARTS = 96;
/** Levels of lists and objects, each of which takes stack. */
const DEEPEST = 500;

export interface DataImage {
  /** Memory from address 0 up to `end`, as far as the data go; zero before their start. There may be more behind. */
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly end: number;
  /** Of the data. */
  readonly address: number;
}

/**
 * The data as values of OPA's runtime that begin at `start`, where `opa_json_parse` would put them with a block of its own for each. Values
 * that are equal are there once where they are known to be: no evaluation changes data. Null for data that this is not made for, which the
 * runtime has to read itself: half a surrogate pair, more than 500 levels, and objects that are no plain JSON.
 * @throws RangeError when they do not fit into memory
 */
export function dataImage(data: JsonValue, start: number): DataImage | null {
  return imageOf(start, 0, (writer) => writer.value(data));
}

/**
 * As `dataImage`, of JSON that is made no objects. Null also for what only `parseJson` can read, and where a name is there twice: for
 * nothing that `jsonParts` gives parts of. `given`: as of a `JsonReader`.
 */
export function imageOfJson(
  json: Uint8Array,
  start: number,
  options: { readonly given?: boolean } = {},
): DataImage | null {
  return imageOf(start, json.length * MOST_PER_BYTE, (writer) => {
    const reader = new JsonReader(json, options);
    const address = writer.read(reader);
    reader.end();
    return address;
  });
}

function imageOf(start: number, mostBytes: number, write: (writer: ImageWriter) => number): DataImage | null {
  const memory = new ImageMemory(start, mostBytes);
  const writer = new ImageWriter(memory, mostBytes);
  try {
    const address = write(writer);
    return { memory: memory.bytes, end: memory.end, address };
  } catch (error) {
    if (error instanceof NotPlain || error instanceof UnreadJson) return null;
    throw error;
  } finally {
    writer.close();
  }
}

class NotPlain extends Error {}

function isBare(value: JsonValue & object): boolean {
  return Object.getPrototypeOf(value) === null && !isExactNumber(value);
}

/** As the runtime makes an object grow. The order of a loop over the members follows from it. */
function bucketsFor(members: number): number {
  let size: number = objectBuckets;
  while (members * 10 > size * 7) size *= 2;
  return size;
}

class ImageWriter {
  readonly #memory: ImageMemory;
  readonly #texts = new KnownValues();
  readonly #numbers = new KnownValues();
  /** Lists and objects. */
  readonly #groups = new KnownValues();
  readonly #parts: AddressStack;
  /** Of the text that was written last. */
  #hash = 0;
  readonly #indexes: number[] = [];
  #constants: { readonly null: number; readonly true: number; readonly false: number } | null = null;

  /** `mostBytes`: as of `ImageMemory`. The members that wait never take more. */
  constructor(memory: ImageMemory, mostBytes: number) {
    this.#memory = memory;
    this.#parts = new AddressStack(mostBytes);
  }

  /** Gives back what is needed while values are written. */
  close(): void {
    for (const part of [this.#texts, this.#numbers, this.#groups, this.#parts]) part.end();
  }

  value(value: JsonValue, depth = 0): number {
    if (typeof value === "string") return this.#text(value);
    // As in JSON text, which has no such number.
    if (typeof value === "number" && Number.isFinite(value)) return this.#number(value);
    if (value === null || typeof value !== "object") return this.#constant(value);
    if (depth === DEEPEST) throw new NotPlain();
    const from = this.#parts.size;
    if (Array.isArray(value)) {
      for (const item of value) this.#parts.push(this.value(item as JsonValue, depth + 1));
      return this.#list(from);
    }
    if (Object.getPrototypeOf(value) !== Object.prototype && !isBare(value)) throw new NotPlain();
    for (const [name, member] of Object.entries(value as Readonly<Record<string, JsonValue>>)) {
      this.#key(this.#text(name));
      this.#parts.push(this.value(member, depth + 1));
    }
    return this.#object(from);
  }

  #constant(value: JsonValue): number {
    this.#constants ??= {
      null: this.#memory.put([NULL]),
      true: this.#memory.put([BOOLEAN | (1 << 8)]),
      false: this.#memory.put([BOOLEAN]),
    };
    if (typeof value === "boolean") return this.#constants[value ? "true" : "false"];
    return this.#constants.null;
  }

  /** As `value`, of the next one of the reader. */
  read(reader: JsonReader, depth = 0): number {
    const { next } = reader;
    if (next === "text") return this.#textOf(reader);
    if (next === "other") return this.value(reader.other());
    if (depth === DEEPEST) throw new NotPlain();
    const from = this.#parts.size;
    if (next === "list") {
      reader.list(() => this.#parts.push(this.read(reader, depth + 1)));
      return this.#list(from);
    }
    reader.object(() => {
      this.#key(this.#textOf(reader));
      reader.colon();
      this.#parts.push(this.read(reader, depth + 1));
    });
    return this.#object(from);
  }

  /** Puts a key and its hash on the stack. It has to be the text that was written last. */
  #key(address: number): void {
    this.#parts.push(address);
    this.#parts.push(this.#hash);
  }

  #textOf(reader: JsonReader): number {
    return reader.text(
      (from, to) => this.#written(text, this.#texts, reader.bytes, from, to),
      (escaped) => this.#text(escaped),
    );
  }

  #text(characters: string): number {
    if (!characters.isWellFormed()) throw new NotPlain();
    return this.#written(text, this.#texts, Buffer.from(characters));
  }

  #number(value: number): number {
    return this.#written(numeral, this.#numbers, Buffer.from(JSON.stringify(value)));
  }

  /** The value that is these characters of the bytes. */
  #written({ words, lengthAt }: Written, known: KnownValues, bytes: Buffer, from = 0, to = bytes.length): number {
    const length = to - from;
    const hash = hashOfBytes(bytes, from, length);
    this.#hash = hash;
    const behind = words.length * 4;
    const before = known.find(
      hash,
      (address) =>
        this.#memory.words[(address >>> 2) + lengthAt] === length &&
        compareBytes(bytes, from, length, this.#memory.bytes, address + behind, length) === 0,
    );
    if (before !== null) return before;
    const address = this.#memory.put(words);
    const place = this.#memory.copy(bytes, from, to);
    this.#memory.words[(address >>> 2) + PLACE_AT] = place;
    this.#memory.words[(address >>> 2) + lengthAt] = length;
    known.add(hash, address);
    return address;
  }

  /** Of the parts from this place on. */
  #list(from: number): number {
    const length = this.#parts.size - from;
    return this.#group(
      from,
      (address) => this.#isList(address, from, length),
      () => this.#newList(from, length),
    );
  }

  #newList(from: number, length: number): number {
    for (let index = this.#indexes.length; index < length; index += 1)
      this.#indexes.push(this.#memory.put([NUMBER | (INTEGER << 8), 0, index, 0]));
    const elements = length === 0 ? 0 : this.#memory.reserve(length * 2);
    for (let index = 0; index < length; index += 1) {
      this.#memory.words[(elements >>> 2) + index * 2] = this.#indexes[index] as number;
      this.#memory.words[(elements >>> 2) + index * 2 + 1] = this.#parts.at(from + index);
    }
    return this.#memory.put([ARRAY, elements, length, length]);
  }

  #isList(address: number, from: number, length: number): boolean {
    const { words } = this.#memory;
    const at = address >>> 2;
    if (words[at] !== ARRAY || words[at + 2] !== length) return false;
    const elements = (words[at + 1] as number) >>> 2;
    for (let index = 0; index < length; index += 1)
      if (words[elements + index * 2 + 1] !== this.#parts.at(from + index)) return false;
    return true;
  }

  /** Of the parts from this place on, which are a key, its hash and its value in turn. */
  #object(from: number): number {
    const count = (this.#parts.size - from) / 3;
    return this.#group(
      from,
      (address) => this.#isObject(address, from, count),
      () => this.#newObject(from, count),
    );
  }

  #newObject(from: number, count: number): number {
    const size = bucketsFor(count);
    const buckets = this.#memory.reserve(size);
    for (let place = from; place < this.#parts.size; place += 3) {
      const element = this.#memory.put([this.#parts.at(place), this.#parts.at(place + 2), 0]);
      this.#chain(buckets + (this.#parts.at(place + 1) & (size - 1)) * 4, element);
    }
    return this.#memory.put([OBJECT, buckets, size, count]);
  }

  #isObject(address: number, from: number, count: number): boolean {
    const { words } = this.#memory;
    const at = address >>> 2;
    if (words[at] !== OBJECT || words[at + 3] !== count) return false;
    const [buckets, size] = [(words[at + 1] as number) >>> 2, words[at + 2] as number];
    for (let place = from; place < this.#parts.size; place += 3) {
      let element = words[buckets + (this.#parts.at(place + 1) & (size - 1))] as number;
      while (element !== 0 && words[element >>> 2] !== this.#parts.at(place))
        element = words[(element >>> 2) + 2] as number;
      if (element === 0 || words[(element >>> 2) + 1] !== this.#parts.at(place + 2)) return false;
    }
    return true;
  }

  /** Takes the parts from this place on, and has the list or object that they make: one that is there, or a new one. */
  #group(from: number, isIt: (address: number) => boolean, write: () => number): number {
    const parts = this.#parts;
    const hash = parts.size - from > MOST_PARTS ? null : parts.hashFrom(from);
    let address = hash === null ? null : this.#groups.find(hash, isIt);
    if (address === null) {
      address = write();
      if (hash !== null) this.#groups.add(hash, address);
    }
    parts.cut(from);
    return address;
  }

  /** The elements of a bucket are in the order of their keys. */
  #chain(bucket: number, element: number): void {
    const words = this.#memory.words;
    const key = words[element >>> 2] as number;
    let place = bucket >>> 2;
    for (;;) {
      const next = words[place] as number;
      const order = next === 0 ? 1 : this.#compare(words[next >>> 2] as number, key);
      // Only JSON has a name twice; its last one counts.
      if (order === 0) throw new NotPlain();
      if (order > 0) break;
      place = (next >>> 2) + 2;
    }
    words[(element >>> 2) + 2] = words[place] as number;
    words[place] = element;
  }

  /** Two strings by their bytes. */
  #compare(one: number, other: number): number {
    const { bytes, words } = this.#memory;
    const word = (string: number, index: number): number => words[(string >>> 2) + index] as number;
    const [at, length] = [word(one, PLACE_AT), word(one, text.lengthAt)];
    return compareBytes(bytes, at, length, bytes, word(other, PLACE_AT), word(other, text.lengthAt));
  }
}
