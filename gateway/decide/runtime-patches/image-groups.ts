import { compareBytes } from "../value/bytes.ts";
import type { AddressStack } from "./address-stack.ts";
import type { ImageMemory } from "./image-memory.ts";
import { KnownValues } from "./known-values.ts";
import { objectBuckets } from "./memory.ts";
import { INTEGER, placeAt, stringLengthAt, types } from "./value-layout.ts";

/** Lists and objects that are known at once. */
const MOST_KNOWN = 128 * 1024;
/** Items, or members, of which an equal one is searched for: large ones are seldom equal. */
const [MOST_ITEMS, MOST_MEMBERS] = [64, 32];
/** Odd, with irregular bits. */
const [FACTOR, OTHER_FACTOR] = [0x9e3779b1, 0x85ebca6b];

/** Data that are no plain JSON, or for which values cannot be written as the runtime would. */
export class NotPlain extends Error {}

/**
 * Lists and objects of an image, made of what lies on the stack: an item is one address, a member three words, which are the address of its
 * key, the hash of that, and the address of its value. Equal ones are there once, as far as they are known.
 */
export class ImageGroups {
  readonly #memory: ImageMemory;
  readonly #parts: AddressStack;
  readonly #known = new KnownValues(MOST_KNOWN, (address) => this.#hashAt(address));
  readonly #indexes: number[] = [];

  constructor(memory: ImageMemory, parts: AddressStack) {
    this.#memory = memory;
    this.#parts = parts;
  }

  /** Gives back what is needed while values are written. */
  end(): void {
    this.#known.end();
  }

  /** The address of the list of the items from this place on, which are taken away. */
  list(from: number): number {
    const parts = this.#parts;
    const length = parts.size - from;
    const write = (): number => this.#newList(from, length);
    if (length > MOST_ITEMS) return this.#taken(from, write());
    let hash = length;
    for (let at = from; at < parts.size; at += 1) hash = withItem(hash, parts.at(at));
    return this.#taken(
      from,
      this.#once(finished(hash), (address) => this.#isList(address, from, length), write),
    );
  }

  /** The address of the object of the members from this place on, which are taken away. @throws NotPlain when a name is there twice */
  object(from: number): number {
    const parts = this.#parts;
    const count = (parts.size - from) / 3;
    const write = (): number => this.#newObject(from, count);
    if (count > MOST_MEMBERS) return this.#taken(from, write());
    let hash = count;
    for (let at = from; at < parts.size; at += 3) hash = withMember(hash, parts.at(at), parts.at(at + 2));
    return this.#taken(
      from,
      this.#once(finished(hash), (address) => this.#isObject(address, from, count), write),
    );
  }

  #taken(from: number, address: number): number {
    this.#parts.cut(from);
    return address;
  }

  /** One that is known, or else is written now. */
  #once(hash: number, isIt: (address: number) => boolean, write: () => number): number {
    const known = this.#known.find(hash, isIt);
    if (known !== null) return known;
    const address = write();
    this.#known.add(hash, address);
    return address;
  }

  #newList(from: number, length: number): number {
    for (let index = this.#indexes.length; index < length; index += 1)
      this.#indexes.push(this.#memory.put([types.number | (INTEGER << 8), 0, index, 0]));
    const elements = length === 0 ? 0 : this.#memory.reserve(length * 2);
    for (let index = 0; index < length; index += 1) {
      this.#memory.words[(elements >>> 2) + index * 2] = this.#indexes[index] as number;
      this.#memory.words[(elements >>> 2) + index * 2 + 1] = this.#parts.at(from + index);
    }
    return this.#memory.put([types.array, elements, length, length]);
  }

  #isList(address: number, from: number, length: number): boolean {
    const { words } = this.#memory;
    const at = address >>> 2;
    if (words[at] !== types.array || words[at + 2] !== length) return false;
    const elements = (words[at + 1] as number) >>> 2;
    for (let index = 0; index < length; index += 1)
      if (words[elements + index * 2 + 1] !== this.#parts.at(from + index)) return false;
    return true;
  }

  #newObject(from: number, count: number): number {
    const size = bucketsFor(count);
    const buckets = this.#memory.reserve(size);
    for (let place = from; place < this.#parts.size; place += 3) {
      const element = this.#memory.put([this.#parts.at(place), this.#parts.at(place + 2), 0]);
      this.#chain(buckets + (this.#parts.at(place + 1) & (size - 1)) * 4, element);
    }
    return this.#memory.put([types.object, buckets, size, count]);
  }

  #isObject(address: number, from: number, count: number): boolean {
    const { words } = this.#memory;
    const at = address >>> 2;
    if (words[at] !== types.object || words[at + 3] !== count) return false;
    const [buckets, size] = [(words[at + 1] as number) >>> 2, words[at + 2] as number];
    for (let place = from; place < this.#parts.size; place += 3) {
      const key = this.#parts.at(place);
      let element = words[buckets + (this.#parts.at(place + 1) & (size - 1))] as number;
      while (element !== 0 && words[element >>> 2] !== key) element = words[(element >>> 2) + 2] as number;
      if (element === 0 || words[(element >>> 2) + 1] !== this.#parts.at(place + 2)) return false;
      // A name that is there twice is no member more.
      for (let before = from; before < place; before += 3) if (this.#parts.at(before) === key) return false;
    }
    return true;
  }

  /** The hash of a list or an object that is written. */
  #hashAt(address: number): number {
    const { words } = this.#memory;
    const at = address >>> 2;
    const first = (words[at + 1] as number) >>> 2;
    const [isList, last] = [words[at] === types.array, words[at + 2] as number];
    let hash = isList ? last : (words[at + 3] as number);
    if (isList)
      for (let index = 0; index < last; index += 1) hash = withItem(hash, words[first + index * 2 + 1] as number);
    else
      for (let bucket = first; bucket < first + last; bucket += 1)
        for (let it = words[bucket] as number; it !== 0; it = words[(it >>> 2) + 2] as number)
          hash = withMember(hash, words[it >>> 2] as number, words[(it >>> 2) + 1] as number);
    return finished(hash);
  }

  /** The elements of a bucket are in the order of their keys. */
  #chain(bucket: number, element: number): void {
    const { words } = this.#memory;
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
    const [at, length] = [word(one, placeAt), word(one, stringLengthAt)];
    return compareBytes(bytes, at, length, bytes, word(other, placeAt), word(other, stringLengthAt));
  }
}

/** As the runtime makes an object grow. The order of a loop over the members follows from it. */
function bucketsFor(members: number): number {
  let size: number = objectBuckets;
  while (members * 10 > size * 7) size *= 2;
  return size;
}

function withItem(hash: number, value: number): number {
  return Math.imul(hash ^ value, FACTOR);
}

/** Members have no order. */
function withMember(hash: number, key: number, value: number): number {
  const both = Math.imul(key ^ Math.imul(value, OTHER_FACTOR), FACTOR);
  return (hash + (both ^ (both >>> 15))) | 0;
}

/** Addresses are multiples of four, so that the lowest bits say little before. */
function finished(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), OTHER_FACTOR);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
