const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SHORT = 64;

/** A buffer for JSON text in UTF-8, reused for every text: joining strings first would cost more than all other steps. */
export class JsonBytes {
  #bytes = Buffer.allocUnsafe(16 * 1024);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes written so far; valid until the next `clear`. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** `from` skips that many bytes of `ascii`. */
  ascii(ascii: Uint8Array, from = 0): void {
    const bytes = this.#room(ascii.length);
    let at = this.#length;
    for (let index = from; index < ascii.length; index += 1) bytes[at++] = ascii[index] as number;
    this.#length = at;
  }

  byte(byte: number): void {
    this.#room(1)[this.#length++] = byte;
  }

  /** Appends JSON text unchanged. */
  json(text: string): void {
    const bytes = this.#room(text.length * 3);
    let at = this.#length;
    // For a short text the call of the native encoder costs more than the loop.
    if (text.length > SHORT) at += bytes.write(text, at, "utf8");
    else {
      for (let index = 0; index < text.length; index += 1) {
        const code = text.charCodeAt(index);
        if (code > 0x7f) {
          at = this.#length + bytes.write(text, this.#length, "utf8");
          break;
        }
        bytes[at++] = code;
      }
    }
    this.#length = at;
  }

  /** Appends a string as JSON. Most strings need no escapes, and checking that here is faster than JSON.stringify. */
  string(value: string): void {
    const bytes = this.#room(value.length + 2);
    let at = this.#length;
    bytes[at++] = QUOTE;
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return this.json(JSON.stringify(value));
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.#length = at;
  }

  #room(count: number): Buffer {
    const wanted = this.#length + count;
    if (wanted > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}
