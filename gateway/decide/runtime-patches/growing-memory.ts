import { resizableZeros } from "../../lib/bytes-in-turns.ts";

const GROWTH = 1.5;
/** Addresses have 32 bits. */
const MOST_BYTES = 0xffff_0000;

/**
 * Memory that gets larger, with zeros. It grows in place as far as was known, and is replaced by a larger one beyond that: of memories that
 * are left behind, the C library keeps what is given back.
 */
export class GrowingMemory {
  #bytes: Buffer<ArrayBuffer>;
  #words: Uint32Array;

  /** Of so many bytes, and of so many at most, as far as that is known. */
  constructor(length: number, most: number) {
    this.#bytes = roomFor(length, most);
    this.#words = wordsOf(this.#bytes);
  }

  /** All that is there. It is another one after each growth, as are the words. */
  get bytes(): Buffer<ArrayBuffer> {
    return this.#bytes;
  }

  get words(): Uint32Array {
    return this.#words;
  }

  /** Has so many bytes from then on, or more. @throws RangeError for more than addresses can say */
  fit(wanted: number): void {
    if (wanted <= this.#bytes.length) return;
    if (wanted > MOST_BYTES) throw new RangeError("the data do not fit into the memory of a module");
    const length = Math.min(MOST_BYTES, aligned(Math.max(wanted, Math.ceil(this.#bytes.length * GROWTH))));
    this.#bytes = lengthened(this.#bytes, length);
    this.#words = wordsOf(this.#bytes);
  }

  /** Gives all of it back. Nothing can be asked afterwards. */
  end(): void {
    this.#bytes.buffer.transfer(0);
  }
}

/** The next multiple of four. Without `& ~3`: addresses have 32 bits, and that gives negative ones from 2^31 on. */
export function aligned(address: number): number {
  return address + (-address & 3);
}

/** Zeros that can be lengthened in place. */
function roomFor(length: number, most: number): Buffer<ArrayBuffer> {
  return resizableZeros(length, Math.min(MOST_BYTES, Math.max(length, most)));
}

function lengthened({ buffer }: Buffer<ArrayBuffer>, length: number): Buffer<ArrayBuffer> {
  if (length <= buffer.maxByteLength) {
    buffer.resize(length);
    return Buffer.from(buffer, 0, length);
  }
  const larger = roomFor(length, 0);
  larger.set(new Uint8Array(buffer));
  buffer.transfer(0);
  return larger;
}

/** At multiples of four. */
function wordsOf({ buffer, length }: Buffer<ArrayBuffer>): Uint32Array {
  return new Uint32Array(buffer, 0, length >>> 2);
}
