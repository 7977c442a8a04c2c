const FIRST_SLOTS = 1_024;

/**
 * Addresses by the hash of what is there, in four to eight bytes each: with the hashes beside them they would take twice of it, and large data
 * have many values. It knows `most` of them at once: when there are more, it forgets all, and a value may be there again.
 */
export class KnownValues {
  /** No value is at address 0. */
  #slots = new Uint32Array(FIRST_SLOTS);
  #count = 0;
  readonly #most: number;
  readonly #hashAt: (address: number) => number;

  /** `hashAt`: the hash with which an address was added. */
  constructor(most: number, hashAt: (address: number) => number) {
    this.#most = most;
    this.#hashAt = hashAt;
  }

  /** An address with this hash of which `isIt`; null: none is known. */
  find(hash: number, isIt: (address: number) => boolean): number | null {
    const slots = this.#slots;
    for (let at = hash % slots.length; slots[at] !== 0; at = (at + 1) % slots.length)
      if (isIt(slots[at] as number)) return slots[at] as number;
    return null;
  }

  add(hash: number, address: number): void {
    if (this.#count === this.#most) {
      this.#slots.fill(0);
      this.#count = 0;
    }
    this.#count += 1;
    if (this.#count * 2 > this.#slots.length) this.#grow();
    this.#put(hash, address);
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(before.length * 2);
    for (const address of before) if (address !== 0) this.#put(this.#hashAt(address), address);
    before.buffer.transfer(0);
  }

  /** Gives the memory back. Nothing can be asked afterwards. */
  end(): void {
    this.#slots.buffer.transfer(0);
  }

  #put(hash: number, address: number): void {
    const slots = this.#slots;
    let at = hash % slots.length;
    while (slots[at] !== 0) at = (at + 1) % slots.length;
    slots[at] = address;
  }
}
