import { GrowingMemory } from "./growing-memory.ts";

const FIRST_BYTES = 4 * 1024;

/**
 * What members and items are whose object or list is not written yet: their addresses, and the hashes of keys. All are in one memory: arrays
 * would leave garbage behind, and large data have many members.
 */
export class AddressStack {
  readonly #memory: GrowingMemory;
  #size = 0;

  /** Of words that take so many bytes at most, as far as that is known. */
  constructor(mostBytes: number) {
    this.#memory = new GrowingMemory(FIRST_BYTES, mostBytes);
  }

  get size(): number {
    return this.#size;
  }

  /** The word at a place below `size`. */
  at(place: number): number {
    return this.#memory.words[place] as number;
  }

  push(word: number): void {
    this.#memory.fit((this.#size + 1) * 4);
    this.#memory.words[this.#size] = word;
    this.#size += 1;
  }

  /** Takes away what is at this place and above. */
  cut(size: number): void {
    this.#size = size;
  }

  /** Gives the memory back. Nothing can be asked afterwards. */
  end(): void {
    this.#memory.end();
  }
}
