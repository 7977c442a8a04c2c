const FIRST_SLOTS = 1_024;
/** Addresses that are known at once: in large data most values are there once, and a table of all of them is larger than what it saves. */
const MOST_KNOWN = 128 * 1024;

/**
 * Addresses by the hash of what is there, in a few bytes each. Not all that was added is found: when there are too many, they are
 * forgotten.
 */
export class KnownValues {
  /** Pairs of a hash and an address; no value is at address 0. */
  #slots = new Uint32Array(FIRST_SLOTS * 2);
  #count = 0;

  /** An address with this hash of which `isIt`; null: none is known. */
  find(hash: number, isIt: (address: number) => boolean): number | null {
    const slots = this.#slots;
    for (let at = this.#first(hash); slots[at + 1] !== 0; at = (at + 2) % slots.length)
      if (slots[at] === hash && isIt(slots[at + 1] as number)) return slots[at + 1] as number;
    return null;
  }

  add(hash: number, address: number): void {
    if (this.#count === MOST_KNOWN) {
      this.#slots.fill(0);
      this.#count = 0;
    }
    this.#count += 1;
    if (this.#count * 4 > this.#slots.length) this.#grow();
    this.#put(hash, address);
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += 2)
      if (before[at + 1] !== 0) this.#put(before[at] as number, before[at + 1] as number);
    before.buffer.transfer(0);
  }

  /** Gives the memory back. Nothing can be asked afterwards. */
  end(): void {
    this.#slots.buffer.transfer(0);
  }

  #put(hash: number, address: number): void {
    const slots = this.#slots;
    let at = this.#first(hash);
    while (slots[at + 1] !== 0) at = (at + 2) % slots.length;
    slots[at] = hash;
    slots[at + 1] = address;
  }

  #first(hash: number): number {
    return (hash % (this.#slots.length / 2)) * 2;
  }
}
