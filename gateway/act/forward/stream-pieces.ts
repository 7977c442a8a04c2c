/**
 * Pieces of an event stream that came in one read of the socket, to be passed on as one: each event of a busy stream would otherwise be
 * a write of its own.
 */
export class StreamPieces {
  #pieces: Buffer[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }

  /** All of them, in order. */
  take(): Buffer {
    const [only, ...others] = this.#pieces;
    const taken = only !== undefined && others.length === 0 ? only : Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [];
    this.#bytes = 0;
    return taken;
  }
}
