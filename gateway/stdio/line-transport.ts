import { isUtf8 } from "node:buffer";
import type { Readable, Writable } from "node:stream";
import { Refusal } from "../domain/errors.ts";
import { type Message, type ReadMessage, readMessage } from "./messages.ts";

/** Messages to and from one tool server, whatever carries them. */
export interface ServerTransport {
  /** Called for each message, in order. */
  onMessage: (read: ReadMessage) => void;
  /** Called once, with why; nothing can be sent from then on. */
  onEnd: (why: string) => void;
  /** Called for what is no message. */
  onNoise: () => void;
  /** @throws Refusal upstream_busy when too much waits to be taken by the server */
  send(message: Message): void;
  /** Nothing is read or sent from now on. */
  end(why: string): void;
}

interface LineOptions {
  /** The server's standard output and input. */
  readonly from: Readable;
  readonly to: Writable;
  /** Largest message, in bytes. */
  readonly maxBytes: number;
  /** What may wait until the server reads it, in bytes. */
  readonly maxWaiting: number;
}

const lineFeed = 0x0a;

/** One message on each line (MCP, "stdio"). Memory is bounded by the largest message and by what may wait. */
export class LineTransport implements ServerTransport {
  onMessage: ServerTransport["onMessage"] = () => undefined;
  onEnd: ServerTransport["onEnd"] = () => undefined;
  onNoise: ServerTransport["onNoise"] = () => undefined;
  readonly #options: LineOptions;
  #parts: Buffer[] = [];
  #bytes = 0;
  #sent = 0;
  #isEnded = false;

  constructor(options: LineOptions) {
    this.#options = options;
    options.from.on("data", (chunk: Buffer) => this.#read(chunk));
    // Whoever owns the process says why it has ended.
    options.from.on("error", () => undefined);
    options.to.on("error", () => undefined);
  }

  send(message: Message): void {
    const { to, maxWaiting } = this.#options;
    if (to.writableLength > maxWaiting)
      throw new Refusal("upstream_busy", { detail: "the tool server does not read what it is sent" });
    if (this.#isEnded) return;
    const line = Buffer.from(`${JSON.stringify(message)}\n`);
    this.#sent += line.length;
    to.write(line);
  }

  /** Bytes that the server has not yet taken, and those that it has taken so far. */
  get waiting(): { readonly bytes: number; readonly taken: number } {
    const bytes = this.#options.to.writableLength;
    return { bytes, taken: this.#sent - bytes };
  }

  end(why: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#parts = [];
    this.onEnd(why);
  }

  #read(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at !== -1 && !this.#isEnded; at = chunk.indexOf(lineFeed, from)) {
      this.#line(this.#complete(chunk.subarray(from, at)));
      from = at + 1;
    }
    if (this.#isEnded || from === chunk.length) return;
    this.#parts.push(chunk.subarray(from));
    this.#bytes += chunk.length - from;
    if (this.#bytes > this.#options.maxBytes) this.end(`a message is larger than ${this.#options.maxBytes} bytes`);
  }

  #complete(last: Buffer): Buffer {
    if (this.#parts.length === 0) return last;
    const whole = Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#bytes = 0;
    return whole;
  }

  #line(bytes: Buffer): void {
    const text = bytes.toString().trim();
    if (text === "") return;
    const read = readMessage(text, isUtf8(bytes));
    if (read === null) this.onNoise();
    else this.onMessage(read);
  }
}
