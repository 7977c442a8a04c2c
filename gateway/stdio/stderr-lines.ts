import type { Readable } from "node:stream";
import { SecretFinder } from "../lib/secret-finder.ts";

export interface StderrOptions {
  /** Texts that no line may show. */
  readonly secrets: readonly (readonly string[])[];
  readonly onLine: (line: string) => void;
  /** Called with how many lines were left out in the window that has ended. */
  readonly onLeftOut: (lines: number) => void;
  /** Milliseconds on a clock that never jumps. */
  readonly now: () => number;
}

/** Longest line, in bytes; what follows of it is left out. */
const maxLine = 4096;
/** So many lines in one window are told. */
const perWindow = 100;
const windowMs = 10_000;
const lineFeed = 0x0a;

/** Tells what a process writes to its standard error, line by line, within limits and without secrets. */
export class StderrLines {
  readonly #options: StderrOptions;
  readonly #finder: SecretFinder;
  #parts: Buffer[] = [];
  #bytes = 0;
  #windowFrom = 0;
  #told = 0;
  #leftOut = 0;

  constructor(from: Readable, options: StderrOptions) {
    this.#options = options;
    this.#finder = new SecretFinder(options.secrets, "[secret removed]");
    from.on("data", (chunk: Buffer) => this.#read(chunk));
    from.on("error", () => undefined);
    from.on("end", () => this.#end());
  }

  #read(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, from)) {
      this.#take(chunk.subarray(from, at));
      this.#flush();
      from = at + 1;
    }
    this.#take(chunk.subarray(from));
  }

  /** A secret that begins before the limit and ends behind it is looked for as a whole: twice the limit is kept. */
  #take(piece: Buffer): void {
    const room = 2 * maxLine - this.#bytes;
    if (room <= 0 || piece.length === 0) return;
    this.#parts.push(piece.subarray(0, room));
    this.#bytes += Math.min(room, piece.length);
  }

  #flush(): void {
    const line = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    const now = this.#options.now();
    if (now - this.#windowFrom >= windowMs) this.#nextWindow(now);
    if (this.#told >= perWindow) {
      this.#leftOut += 1;
      return;
    }
    const text = this.#finder.clean(line).bytes.subarray(0, maxLine).toString();
    // A line is one line of the log, in every terminal.
    const shown = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ").trim();
    if (shown === "") return;
    this.#told += 1;
    this.#options.onLine(shown);
  }

  #nextWindow(now: number): void {
    if (this.#leftOut > 0) this.#options.onLeftOut(this.#leftOut);
    this.#windowFrom = now;
    this.#told = 0;
    this.#leftOut = 0;
  }

  #end(): void {
    this.#flush();
    if (this.#leftOut > 0) this.#options.onLeftOut(this.#leftOut);
    this.#leftOut = 0;
  }
}
