const FIRST_PLACES = 1_024;

/**
 * Addresses of the members and items that are written, until the object or list they are of is. One memory for all of them, which moves when
 * it grows: what is left behind would be garbage until it is collected, and large data have many.
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

  /** Takes away what is at this place and above. */
  cut(size: number): void {
    this.#size = size;
  }

  /** Gives the memory back. Nothing can be asked afterwards. */
  end(): void {
    this.#places.buffer.transfer(0);
  }
}
