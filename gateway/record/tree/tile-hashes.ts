import { HASH_BYTES } from "../../lib/tlog/merkle.ts";
import { TILE_WIDTH, type TilePlace } from "../../lib/tlog/tiles.ts";

const TILE_BYTES = TILE_WIDTH * HASH_BYTES;

/** Hashes of one level of a tree that are in no full tile on disk yet, in one buffer: one of its own for each would cost as much as to hash a line. */
export class TileHashes {
  /** Of the tile that they begin. */
  #index: number;
  #bytes: Buffer = Buffer.allocUnsafeSlow(TILE_BYTES);
  #length = 0;

  /** `begin`: what the tile has already. */
  constructor(index: number, begin: Buffer = Buffer.alloc(0)) {
    this.#index = index;
    this.#length = begin.copy(this.#bytes);
  }

  add(hash: Buffer): void {
    if (this.#length === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * this.#length);
    this.#bytes.set(hash, this.#length);
    this.#length += HASH_BYTES;
  }

  /** Null when there is none. */
  last(): Buffer | null {
    return this.#length === 0 ? null : Buffer.from(this.#bytes.subarray(this.#length - HASH_BYTES, this.#length));
  }

  /** Full tiles, and with `withRest` one that is not full. What cannot be written stays. */
  write(withRest: boolean, each: (place: Omit<TilePlace, "level">, bytes: Buffer) => void): void {
    const full = Math.floor(this.#length / TILE_BYTES);
    const rest = this.#length % TILE_BYTES;
    for (let tile = 0; tile < full; tile += 1)
      each(
        { index: this.#index + tile, width: TILE_WIDTH },
        this.#bytes.subarray(tile * TILE_BYTES, (tile + 1) * TILE_BYTES),
      );
    const begin = this.#bytes.subarray(full * TILE_BYTES, this.#length);
    if (rest > 0 && withRest) each({ index: this.#index + full, width: rest / HASH_BYTES }, begin);
    begin.copy(this.#bytes);
    this.#index += full;
    this.#length = rest;
  }
}
