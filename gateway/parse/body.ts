import type { IncomingMessage } from "node:http";
import { Refusal } from "../domain/errors.ts";
import type { Deadline, Deadlines } from "../lib/deadlines.ts";
import type { BodyLength } from "./framing.ts";

const none = Buffer.alloc(0);

export interface BodyLimits {
  readonly maxBytes: number;
  /** For the whole body, from the head on. */
  readonly deadlines: Deadlines;
}

/**
 * Receives the result: exactly one of the two methods is called, once. For a request without a body, before `readBody` returns.
 */
export interface BodyReader {
  read(body: Buffer): void;
  /** Refusal body_too_large, body_incomplete, body_timeout, framing_ambiguous (trailers) */
  refused(refusal: Refusal): void;
}

/** Reads the whole body, exactly as long as its head declared. */
export function readBody(req: IncomingMessage, length: BodyLength, limits: BodyLimits, reader: BodyReader): void {
  if (length === 0) reader.read(none);
  else if (length !== "chunked" && length > limits.maxBytes) reader.refused(tooLarge(limits));
  else new BodyReading(req, length, limits, reader).begin();
}

function tooLarge(limits: BodyLimits): Refusal {
  return new Refusal("body_too_large", { hint: `at most ${limits.maxBytes} bytes` });
}

/**
 * Refuses a request in the middle of its body, the rest of which Node's parser cannot read. False when the body is not
 * being read: it was refused already, or reading has not begun.
 */
export function refuseRest(req: IncomingMessage, refusal: Refusal): boolean {
  return !req.complete && req.listenerCount("error") > 0 && req.emit("error", refusal);
}

class BodyReading {
  private readonly req: IncomingMessage;
  private readonly length: BodyLength;
  private readonly limits: BodyLimits;
  private readonly reader: BodyReader;
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private deadline: Deadline | null = null;
  /**
   * Set once the result is known; later events are ignored. The listeners are not removed: removing them costs as much
   * as the rest of the reading, and they are collected with the request.
   */
  private over = false;

  constructor(req: IncomingMessage, length: BodyLength, limits: BodyLimits, reader: BodyReader) {
    this.req = req;
    this.length = length;
    this.limits = limits;
    this.reader = reader;
  }

  begin(): void {
    this.deadline = this.limits.deadlines.begin(() => this.fail(new Refusal("body_timeout")));
    this.req.on("data", this.take).on("end", this.end).on("error", this.broken).on("close", this.broken);
  }

  private readonly take = (chunk: Buffer): void => {
    if (this.over) return;
    this.size += chunk.length;
    if (this.size > this.limits.maxBytes) return this.fail(tooLarge(this.limits));
    this.chunks.push(chunk);
    // A declared length has no trailers behind it, so its last byte ends the wait.
    if (this.size === this.length) this.succeed();
  };

  private readonly end = (): void => {
    if (this.over) return;
    if (this.req.rawTrailers.length > 0) return this.fail(new Refusal("framing_ambiguous", { hint: "trailers" }));
    if (this.length !== "chunked") return this.broken();
    this.succeed();
  };

  private readonly broken = (why?: unknown): void => {
    if (this.over) return;
    this.fail(why instanceof Refusal ? why : new Refusal("body_incomplete", { hint: `${this.size} bytes arrived` }));
  };

  private succeed(): void {
    this.settle();
    // Nearly every body arrives in one piece, which is then used as it is, without a copy.
    this.reader.read(this.chunks.length === 1 ? (this.chunks[0] as Buffer) : Buffer.concat(this.chunks, this.size));
  }

  private fail(refusal: Refusal): void {
    this.settle();
    this.req.pause();
    this.reader.refused(refusal);
  }

  private settle(): void {
    this.over = true;
    if (this.deadline !== null) this.limits.deadlines.end(this.deadline);
  }
}
