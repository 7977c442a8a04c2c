const FIRST_PLACES = 1_024;

/**
 * Addresses of members and items whose object or list is not written yet. All are in one memory, which moves when it grows: arrays would leave
 * garbage behind, and large data have many members.
 */
export class AddressStack {
  #places = new Uint32Array(FIRST_PLACES);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The address at a place below `size`. */
  at(place: number): number {
    return this.#places[place] as number;
  }

  push(address: number): void {
    if (this.#size === this.#places.length)
      this.#places = new Uint32Array(this.#places.buffer.transfer(this.#size * 8));
    this.#places[this.#size] = address;
    this.#size += 1;
  }

  /** A hash of all addresses from this place on. */
  hashFrom(place: number): number {
    let hash = this.#size - place;
    for (let at = place; at < this.#size; at += 1) hash = Math.imul(hash ^ (this.#places[at] as number), 0x9e3779b1);
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  /** Takes away what is at this place and above. */
  cut(size: number): void {
    this.#size = size;
  }

  /** Gives the memory back. Nothing can be asked afterwards. */
  end(): void {
    this.#places.buffer.transfer(0);
  }
}
