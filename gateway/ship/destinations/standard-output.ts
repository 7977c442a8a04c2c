import { write } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { ShipSender, StdoutTarget } from "../../domain/shipping.ts";
import { type FormatLine, formatter } from "../formats/format.ts";
import type { Batch } from "../log-reader.ts";
import { type Destination, recordsWithin, type Sent } from "./destination.ts";

const STDOUT = 1;
/** A pipe that nobody reads is full: it is tried again after so long. */
const FULL_PIPE_MS = 20;

/**
 * One JSON object a line on standard output, written past the stream of the process: what that holds is lost when the process is
 * killed. A reader that stops reading stops this destination, and nothing else.
 */
export class StandardOutput implements Destination {
  readonly batchBytes = 65_536;
  readonly #format: FormatLine;
  /** What a full pipe has not taken yet, and of how many lines it is the rest: a line is never begun twice. */
  #rest: Buffer = Buffer.alloc(0);
  #lines = 0;
  readonly #descriptor: number;

  constructor({ format }: StdoutTarget, sender: ShipSender, descriptor = STDOUT) {
    this.#format = formatter(format, sender);
    this.#descriptor = descriptor;
  }

  async send(batch: Batch, signal: AbortSignal): Promise<Sent> {
    if (this.#rest.length === 0) {
      const lines = recordsWithin(batch, this.batchBytes);
      const texts = lines.map(this.#format).filter((text) => text !== null);
      this.#lines = lines.length;
      this.#rest = Buffer.from(texts.map((text) => `${text}\n`).join(""));
    }
    while (this.#rest.length > 0) {
      const written = await writeSome(this.#descriptor, this.#rest);
      this.#rest = this.#rest.subarray(written);
      if (written === 0) await pause(FULL_PIPE_MS, undefined, { signal });
    }
    return { lines: this.#lines, reduced: 0 };
  }
}

/** @returns how many bytes were taken; 0 when the pipe is full */
function writeSome(descriptor: number, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, 0, bytes.length, null, (failure, written) => {
      if (failure === null) resolve(written);
      else if (failure.code === "EAGAIN") resolve(0);
      else reject(failure);
    });
  });
}
