import { isExactNumber, type JsonValue } from "../../lib/json.ts";
import { JsonReader, UnreadJson } from "../../lib/json-reader.ts";
import { hashOfBytes } from "./constants.ts";
import { compareBytes } from "../value/bytes.ts";
import { KnownTexts } from "./known-texts.ts";
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

const FIRST_BYTES = 64 * 1024;
const GROWTH = 1.5;
/** More than the values of one byte of JSON take: of lists of empty objects, they take 24. */
const MOST_PER_BYTE = 32;
/** Levels of lists and objects, each of which takes stack. */
const DEEPEST = 500;
/** Addresses have 32 bits. */
const MOST_BYTES = 0xffff_0000;

export interface DataImage {
  /** Memory from address 0 up to `end`, as far as the data go; zero before their start. There may be more behind. */
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly end: number;
  /** Of the data. */
  readonly address: number;
}

/**
 * The data as values of OPA's runtime that begin at `start`, where `opa_json_parse` would put them with a block of its own for each. Texts,
 * numbers and keys that are equal are there once: no evaluation changes data. Null for data that this is not made for, which the
 * runtime has to read itself: half a surrogate pair, more than 500 levels, and objects that are no plain JSON.
 * @throws RangeError when they do not fit into memory
 */
export function dataImage(data: JsonValue, start: number): DataImage | null {
  return imageOf(new ImageWriter(start, 0), (writer) => writer.value(data));
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
  return imageOf(new ImageWriter(start, json.length * MOST_PER_BYTE), (writer) => {
    const reader = new JsonReader(json, options);
    const address = writer.read(reader);
    reader.end();
    return address;
  });
}

function imageOf(writer: ImageWriter, write: (writer: ImageWriter) => number): DataImage | null {
  try {
    const address = write(writer);
    return { memory: writer.memory, end: writer.end, address };
  } catch (error) {
    if (error instanceof NotPlain || error instanceof UnreadJson) return null;
    throw error;
  }
}

class NotPlain extends Error {}

/** The next multiple of four. Without `& ~3`: addresses have 32 bits, and that gives negative ones from 2^31 on. */
function aligned(address: number): number {
  return address + (-address & 3);
}

function isBare(value: JsonValue & object): boolean {
  return Object.getPrototypeOf(value) === null && !isExactNumber(value);
}

class ImageWriter {
  #bytes: Buffer<ArrayBuffer>;
  /** Another one after each growth. */
  #words: Uint32Array;
  #end: number;
  readonly #texts = new KnownTexts();
  readonly #numbers = new KnownTexts();
  readonly #indexes: number[] = [];
  #constants: { readonly null: number; readonly true: number; readonly false: number } | null = null;

  /** `mostBytes`: of the values, as far as that is known. */
  constructor(start: number, mostBytes: number) {
    this.#end = aligned(start);
    this.#bytes = roomFor(this.#end + FIRST_BYTES, this.#end + FIRST_BYTES + mostBytes);
    this.#words = wordsOf(this.#bytes);
  }

  get memory(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.buffer, 0, this.#bytes.length);
  }

  get end(): number {
    return this.#end;
  }

  value(value: JsonValue, depth = 0): number {
    if (typeof value === "string") return this.#text(value);
    // As in JSON text, which has no such number.
    if (typeof value === "number" && Number.isFinite(value)) return this.#number(value);
    if (value === null || typeof value !== "object") return this.#constant(value);
    if (depth === DEEPEST) throw new NotPlain();
    if (Array.isArray(value)) return this.#list(value.map((item) => this.value(item as JsonValue, depth + 1)));
    if (Object.getPrototypeOf(value) !== Object.prototype && !isBare(value)) throw new NotPlain();
    const members = Object.entries<JsonValue>(value as Readonly<Record<string, JsonValue>>);
    const addresses = members.map(([, member]) => this.value(member, depth + 1));
    return this.#object(
      members.map(([name]) => this.#text(name)),
      addresses,
    );
  }

  #constant(value: JsonValue): number {
    this.#constants ??= {
      null: this.#put([NULL]),
      true: this.#put([BOOLEAN | (1 << 8)]),
      false: this.#put([BOOLEAN]),
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
    const addresses: number[] = [];
    if (next === "list") {
      reader.list(() => void addresses.push(this.read(reader, depth + 1)));
      return this.#list(addresses);
    }
    const keys: number[] = [];
    reader.object(() => {
      keys.push(this.#textOf(reader));
      reader.colon();
      addresses.push(this.read(reader, depth + 1));
    });
    return this.#object(keys, addresses);
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
  #written({ words, lengthAt }: Written, known: KnownTexts, bytes: Buffer, from = 0, to = bytes.length): number {
    const length = to - from;
    const hash = hashOfBytes(bytes, from, length);
    const behind = words.length * 4;
    const before = known.find(
      hash,
      (address) =>
        this.#words[(address >>> 2) + lengthAt] === length &&
        compareBytes(bytes, from, length, this.#bytes, address + behind, length) === 0,
    );
    if (before !== null) return before;
    this.#fit(behind + length);
    const address = this.#put(words);
    this.#words[(address >>> 2) + PLACE_AT] = address + behind;
    this.#words[(address >>> 2) + lengthAt] = length;
    bytes.copy(this.#bytes, address + behind, from, to);
    this.#end = aligned(address + behind + length);
    known.add(hash, address);
    return address;
  }

  #list(addresses: readonly number[]): number {
    const { length } = addresses;
    for (let index = this.#indexes.length; index < length; index += 1)
      this.#indexes.push(this.#put([NUMBER | (INTEGER << 8), 0, index, 0]));
    const elements = length === 0 ? 0 : this.#reserve(length * 2);
    addresses.forEach((address, index) => {
      this.#words[(elements >>> 2) + index * 2] = this.#indexes[index] as number;
      this.#words[(elements >>> 2) + index * 2 + 1] = address;
    });
    return this.#put([ARRAY, elements, length, length]);
  }

  #object(keys: readonly number[], addresses: readonly number[]): number {
    // As the runtime makes an object grow. The order of a loop over the members follows from it.
    let size: number = objectBuckets;
    while (keys.length * 10 > size * 7) size *= 2;
    const buckets = this.#reserve(size);
    keys.forEach((key, index) => this.#chain(buckets, size, this.#put([key, addresses[index] as number, 0])));
    return this.#put([OBJECT, buckets, size, keys.length]);
  }

  /** The elements of a bucket are in the order of their keys. */
  #chain(buckets: number, size: number, element: number): void {
    const words = this.#words;
    const key = words[element >>> 2] as number;
    const at = words[(key >>> 2) + 2] as number;
    const hash = hashOfBytes(this.#bytes, at, words[(key >>> 2) + 1] as number);
    let place = (buckets >>> 2) + (hash & (size - 1));
    while (words[place] !== 0 && this.#compare(words[(words[place] as number) >>> 2] as number, key) < 0)
      place = ((words[place] as number) >>> 2) + 2;
    const next = words[place] as number;
    // Equal texts are there once. Only JSON has a name twice; its last one counts.
    if (next !== 0 && words[next >>> 2] === key) throw new NotPlain();
    words[(element >>> 2) + 2] = words[place] as number;
    words[place] = element;
  }

  /** Two strings by their bytes. */
  #compare(one: number, other: number): number {
    const word = (string: number, index: number): number => this.#words[(string >>> 2) + index] as number;
    const [at, length] = [word(one, PLACE_AT), word(one, text.lengthAt)];
    return compareBytes(this.#bytes, at, length, this.#bytes, word(other, PLACE_AT), word(other, text.lengthAt));
  }

  #put(words: readonly number[]): number {
    const address = this.#reserve(words.length);
    for (let index = 0; index < words.length; index += 1) this.#words[(address >>> 2) + index] = words[index] as number;
    return address;
  }

  /** Zeros. */
  #reserve(words: number): number {
    const address = this.#end;
    this.#fit(words * 4);
    this.#end += words * 4;
    return address;
  }

  #fit(bytes: number): void {
    const wanted = this.#end + bytes + 4;
    if (wanted <= this.#bytes.length) return;
    if (wanted > MOST_BYTES) throw new RangeError("the data do not fit into the memory of a module");
    const length = Math.min(MOST_BYTES, aligned(Math.max(wanted, Math.ceil(this.#bytes.length * GROWTH))));
    this.#bytes = lengthened(this.#bytes, length);
    this.#words = wordsOf(this.#bytes);
  }
}

/** Zeros that can be lengthened in place. */
function roomFor(length: number, most: number): Buffer<ArrayBuffer> {
  const maxByteLength = Math.min(MOST_BYTES, Math.max(length, most));
  return Buffer.from(new ArrayBuffer(length, { maxByteLength }), 0, length);
}

function lengthened({ buffer }: Buffer<ArrayBuffer>, length: number): Buffer<ArrayBuffer> {
  if (length <= buffer.maxByteLength) {
    buffer.resize(length);
    return Buffer.from(buffer, 0, length);
  }
  const larger = roomFor(length, 0);
  larger.set(new Uint8Array(buffer));
  return larger;
}

/** At multiples of four. */
function wordsOf({ buffer, length }: Buffer<ArrayBuffer>): Uint32Array {
  return new Uint32Array(buffer, 0, length >>> 2);
}
