/** Reads the integers and strings of the WebAssembly binary format (https://webassembly.github.io/spec/core/binary/values.html). */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    if (this.at >= this.end) throw new RangeError(`module is cut off at byte ${this.at}`);
    return this.bytes[this.at++] as number;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError(`integer too long at byte ${this.at}`);
  }

  s32(): number {
    let [value, shift, byte] = [0, 0, 0x80];
    for (; byte >= 0x80; shift += 7) {
      if (shift >= 35) throw new RangeError(`integer too long at byte ${this.at}`);
      byte = this.byte();
      value |= (byte & 0x7f) << shift;
    }
    return shift < 32 && (byte & 0x40) !== 0 ? value | (-1 << shift) : value;
  }

  /** Skips one LEB128 integer of any width. */
  skipInteger(): void {
    while (this.byte() >= 0x80);
  }

  skip(count: number): void {
    if (count > this.end - this.at) throw new RangeError(`module is cut off at byte ${this.at}`);
    this.at += count;
  }

  /** A reader over the next `size` bytes; this reader skips them. */
  part(size: number): ByteReader {
    const start = this.at;
    this.skip(size);
    return new ByteReader(this.bytes, start, start + size);
  }

  name(): string {
    const part = this.part(this.u32());
    return Buffer.from(part.bytes.buffer, part.bytes.byteOffset + part.at, part.end - part.at).toString("utf8");
  }

  get done(): boolean {
    return this.at >= this.end;
  }
}

/** A growing buffer of bytes. It doubles when full; sections are short-lived, so one buffer is enough. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  byte(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  u32(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    return this.byte(rest);
  }

  s32(value: number): this {
    let rest = value;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    return this.byte(rest & 0x7f);
  }

  s64(value: bigint): this {
    let rest = value;
    while (rest < -64n || rest > 63n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    return this.byte(Number(rest & 0x7fn));
  }

  raw(bytes: Uint8Array, from = 0, to = bytes.length): this {
    this.#reserve(to - from);
    this.#bytes.set(bytes.subarray(from, to), this.#length);
    this.#length += to - from;
    return this;
  }

  name(text: string): this {
    const bytes = Buffer.from(text, "utf8");
    return this.u32(bytes.length).raw(bytes);
  }

  /** The bytes written so far, as a view of the buffer. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): this {
    this.#length = 0;
    return this;
  }

  #reserve(count: number): void {
    const wanted = this.#length + count;
    if (wanted <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
