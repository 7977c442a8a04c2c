import { aligned, GrowingMemory } from "./growing-memory.ts";

const FIRST_BYTES = 64 * 1024;

/** Memory from address 0 on in which values are written one behind the other, as words at multiples of four. */
export class ImageMemory {
  readonly #memory: GrowingMemory;
  #end: number;

  /** Of values that begin at `start`, and take so many bytes at most, as far as that is known. */
  constructor(start: number, mostBytes: number) {
    this.#end = aligned(start);
    this.#memory = new GrowingMemory(this.#end + FIRST_BYTES, this.#end + FIRST_BYTES + mostBytes);
  }

  /** All that is there. It is another one after each growth, as are the words. */
  get bytes(): Buffer<ArrayBuffer> {
    return this.#memory.bytes;
  }

  get words(): Uint32Array {
    return this.#memory.words;
  }

  /** Where the next value will be. */
  get end(): number {
    return this.#end;
  }

  /** The address of these words. @throws RangeError when they do not fit, as `reserve` and `copy` */
  put(words: readonly number[]): number {
    const address = this.reserve(words.length);
    const all = this.words;
    for (let index = 0; index < words.length; index += 1) all[(address >>> 2) + index] = words[index] as number;
    return address;
  }

  /** The address of so many words, which are 0. */
  reserve(words: number): number {
    const address = this.#end;
    this.#fit(words * 4);
    this.#end += words * 4;
    return address;
  }

  /** The address of these bytes, which lie from `from` to `to` in others. */
  copy(bytes: Buffer, from: number, to: number): number {
    const address = this.#end;
    this.#fit(to - from);
    bytes.copy(this.bytes, address, from, to);
    this.#end = aligned(address + to - from);
    return address;
  }

  #fit(bytes: number): void {
    this.#memory.fit(this.#end + bytes + 4);
  }
}
