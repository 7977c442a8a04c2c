const FIRST_BYTES = 64 * 1024;
const GROWTH = 1.5;
/** Addresses have 32 bits. */
const MOST_BYTES = 0xffff_0000;

/**
 * Memory from address 0 on in which values are written one behind the other, as words at multiples of four. It grows in place as far as
 * was known, and is replaced by a larger one beyond that.
 */
export class ImageMemory {
  #bytes: Buffer<ArrayBuffer>;
  #words: Uint32Array;
  #end: number;

  /** Of values that begin at `start`, and take so many bytes at most, as far as that is known. */
  constructor(start: number, mostBytes: number) {
    this.#end = aligned(start);
    this.#bytes = roomFor(this.#end + FIRST_BYTES, this.#end + FIRST_BYTES + mostBytes);
    this.#words = wordsOf(this.#bytes);
  }

  /** All that is there. It is another one after each growth, as are the words. */
  get bytes(): Buffer<ArrayBuffer> {
    return this.#bytes;
  }

  get words(): Uint32Array {
    return this.#words;
  }

  /** Where the next value will be. */
  get end(): number {
    return this.#end;
  }

  /** The address of these words. @throws RangeError when they do not fit, as `reserve` and `copy` */
  put(words: readonly number[]): number {
    const address = this.reserve(words.length);
    for (let index = 0; index < words.length; index += 1) this.#words[(address >>> 2) + index] = words[index] as number;
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
    bytes.copy(this.#bytes, address, from, to);
    this.#end = aligned(address + to - from);
    return address;
  }

  #fit(bytes: number): void {
    const wanted = this.#end + bytes + 4;
    if (wanted <= this.#bytes.length) return;
    if (wanted > MOST_BYTES) throw new RangeError("the data do not fit into the memory of a module");
    const length = Math.min(MOST_BYTES, aligned(Math.max(wanted, Math.ceil(this.#bytes.length * GROWTH))));
    this.#bytes = lengthened(this.#bytes, length);
    this.#words = wordsOf(this.#bytes);
  }
}

/** The next multiple of four. Without `& ~3`: addresses have 32 bits, and that gives negative ones from 2^31 on. */
function aligned(address: number): number {
  return address + (-address & 3);
}

/** Zeros that can be lengthened in place. */
function roomFor(length: number, most: number): Buffer<ArrayBuffer> {
  const maxByteLength = Math.min(MOST_BYTES, Math.max(length, most));
  return Buffer.from(new ArrayBuffer(length, { maxByteLength }), 0, length);
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
