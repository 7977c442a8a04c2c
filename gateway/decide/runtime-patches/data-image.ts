import { isExactNumber, type JsonValue } from "../../lib/json.ts";
import { JsonReader, UnreadJson } from "../../lib/json-reader.ts";
import { AddressStack } from "./address-stack.ts";
import { ImageGroups, NotPlain } from "./image-groups.ts";
import { placeAt, stringLengthAt, types, WRITTEN } from "./value-layout.ts";
import { hashOfBytes } from "./constants.ts";
import { compareBytes } from "../value/bytes.ts";
import { ImageMemory } from "./image-memory.ts";
import { KnownValues } from "./known-values.ts";

/** A value that is characters, which are behind its words: its words, without the place and the length of the characters. */
interface Written {
  readonly words: readonly number[];
  /** The word that has the length. */
  readonly lengthAt: number;
}

const text: Written = { words: [types.string, 0, 0], lengthAt: stringLengthAt };
const numeral: Written = { words: [types.number | (WRITTEN << 8), 0, 0, 0, 0], lengthAt: 3 };
/** More than the values of one byte of JSON take: of lists of empty objects, they take 24. */
const MOST_PER_BYTE = 32;
/** Texts, and numbers, that are known at once. More are seldom in data, and would take more than is saved. */
const MOST_KNOWN = 512 * 1024;
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

function isBare(value: JsonValue & object): boolean {
  return Object.getPrototypeOf(value) === null && !isExactNumber(value);
}

class ImageWriter {
  readonly #memory: ImageMemory;
  readonly #texts = new KnownValues(MOST_KNOWN, (address) => this.#hashAt(text, address));
  readonly #numbers = new KnownValues(MOST_KNOWN, (address) => this.#hashAt(numeral, address));
  readonly #parts: AddressStack;
  readonly #groups: ImageGroups;
  /** Of the text that was written last. */
  #hash = 0;
  #constants: { readonly null: number; readonly true: number; readonly false: number } | null = null;

  /** `mostBytes`: as of `ImageMemory`. The members that wait never take more. */
  constructor(memory: ImageMemory, mostBytes: number) {
    this.#memory = memory;
    this.#parts = new AddressStack(mostBytes);
    this.#groups = new ImageGroups(memory, this.#parts);
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
      return this.#groups.list(from);
    }
    if (Object.getPrototypeOf(value) !== Object.prototype && !isBare(value)) throw new NotPlain();
    for (const [name, member] of Object.entries(value as Readonly<Record<string, JsonValue>>)) {
      this.#key(this.#text(name));
      this.#parts.push(this.value(member, depth + 1));
    }
    return this.#groups.object(from);
  }

  #constant(value: JsonValue): number {
    this.#constants ??= {
      null: this.#memory.put([types.null]),
      true: this.#memory.put([types.boolean | (1 << 8)]),
      false: this.#memory.put([types.boolean]),
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
      return this.#groups.list(from);
    }
    reader.object(() => {
      this.#key(this.#textOf(reader));
      reader.colon();
      this.#parts.push(this.read(reader, depth + 1));
    });
    return this.#groups.object(from);
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
    this.#memory.words[(address >>> 2) + placeAt] = place;
    this.#memory.words[(address >>> 2) + lengthAt] = length;
    known.add(hash, address);
    return address;
  }

  /** The hash of the characters of a value that is written. */
  #hashAt({ words, lengthAt }: Written, address: number): number {
    const { bytes, words: all } = this.#memory;
    return hashOfBytes(bytes, address + words.length * 4, all[(address >>> 2) + lengthAt] as number);
  }
}
