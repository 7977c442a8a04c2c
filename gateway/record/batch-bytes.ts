/** One buffer for every batch, since there is one at a time. */
export class BatchBytes {
  #bytes = Buffer.allocUnsafe(512 * 1024);

  /** UTF-8, good until the next batch. */
  of(text: string): Buffer {
    const most = text.length * 3;
    if (most > this.#bytes.length) return Buffer.from(text);
    return this.#bytes.subarray(0, this.#bytes.write(text));
  }
}
