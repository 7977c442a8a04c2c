import { isExactNumber, type JsonValue } from "../../lib/json.ts";
import { hashOfBytes } from "./constants.ts";
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

const FIRST_BYTES = 64 * 1024;
const GROWTH = 1.5;
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
  const writer = new ImageWriter(start);
  try {
    const address = writer.value(data);
    return { memory: writer.memory, end: writer.end, address };
  } catch (error) {
    if (error instanceof NotPlain) return null;
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
  readonly #texts = new Map<string, number>();
  readonly #numbers = new Map<number, number>();
  readonly #indexes: number[] = [];
  #constants: { readonly null: number; readonly true: number; readonly false: number } | null = null;

  constructor(start: number) {
    this.#end = aligned(start);
    this.#bytes = Buffer.from(new ArrayBuffer(this.#end + FIRST_BYTES));
    this.#words = new Uint32Array(this.#bytes.buffer, 0, this.#bytes.length >>> 2);
  }

  get memory(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.buffer);
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
    if (Array.isArray(value)) return this.#array(value as readonly JsonValue[], depth + 1);
    if (Object.getPrototypeOf(value) !== Object.prototype && !isBare(value)) throw new NotPlain();
    return this.#object(value as Readonly<Record<string, JsonValue>>, depth + 1);
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

  #text(text: string): number {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const address = this.#put([STRING, 0, this.#end + 12]);
    const length = this.#characters(text);
    this.#words[(address >>> 2) + 1] = length;
    this.#texts.set(text, address);
    return address;
  }

  #number(value: number): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const address = this.#put([NUMBER | (WRITTEN << 8), 0, this.#end + 20, 0, 0]);
    const length = this.#characters(JSON.stringify(value));
    this.#words[(address >>> 2) + 3] = length;
    this.#numbers.set(value, address);
    return address;
  }

  #array(items: readonly JsonValue[], depth: number): number {
    const addresses = items.map((item) => this.value(item, depth));
    for (let index = this.#indexes.length; index < items.length; index += 1)
      this.#indexes.push(this.#put([NUMBER | (INTEGER << 8), 0, index, 0]));
    const elements = items.length === 0 ? 0 : this.#reserve(items.length * 2);
    addresses.forEach((address, index) => {
      this.#words[(elements >>> 2) + index * 2] = this.#indexes[index] as number;
      this.#words[(elements >>> 2) + index * 2 + 1] = address;
    });
    return this.#put([ARRAY, elements, items.length, items.length]);
  }

  #object(members: Readonly<Record<string, JsonValue>>, depth: number): number {
    const names = Object.keys(members);
    const addresses = names.map((name) => this.value(members[name] as JsonValue, depth));
    // As the runtime makes an object grow. The order of a loop over the members follows from it.
    let size: number = objectBuckets;
    while (names.length * 10 > size * 7) size *= 2;
    const keys = names.map((name) => this.#text(name));
    const buckets = this.#reserve(size);
    keys.forEach((key, index) => this.#chain(buckets, size, this.#put([key, addresses[index] as number, 0])));
    return this.#put([OBJECT, buckets, size, names.length]);
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
    words[(element >>> 2) + 2] = words[place] as number;
    words[place] = element;
  }

  /** Two strings by their bytes. */
  #compare(one: number, other: number): number {
    const range = (string: number): [number, number] => {
      const at = this.#words[(string >>> 2) + 2] as number;
      return [at, at + (this.#words[(string >>> 2) + 1] as number)];
    };
    return this.#bytes.compare(this.#bytes, ...range(other), ...range(one));
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

  /** Writes UTF-8. @returns its length */
  #characters(text: string): number {
    this.#fit(text.length * 3);
    const start = this.#end;
    let length = 0;
    for (; length < text.length; length += 1) {
      const code = text.charCodeAt(length);
      if (code > 0x7f) break;
      this.#bytes[start + length] = code;
    }
    if (length < text.length) {
      if (!text.isWellFormed()) throw new NotPlain();
      length = this.#bytes.write(text, start, "utf8");
    }
    this.#end = aligned(start + length);
    return length;
  }

  #fit(bytes: number): void {
    const wanted = this.#end + bytes + 4;
    if (wanted <= this.#bytes.length) return;
    if (wanted > MOST_BYTES) throw new RangeError("the data do not fit into the memory of a module");
    const larger = Buffer.from(
      new ArrayBuffer(Math.min(MOST_BYTES, aligned(Math.max(wanted, Math.ceil(this.#bytes.length * GROWTH))))),
    );
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
    this.#words = new Uint32Array(larger.buffer, 0, larger.length >>> 2);
  }
}
