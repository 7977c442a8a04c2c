import { createHash, type Hash, hash } from "node:crypto";
import type { DigestOmitted } from "../../domain/decision-record.ts";
import { Refusal } from "../../domain/errors.ts";
import type { AnswerSink } from "../../domain/upstream-answer.ts";
import { asError } from "../../lib/as-error.ts";
import type { Sent } from "./upstreams.ts";

/** Where the body of an answer comes from, and who is told what becomes of it. */
export interface BodySource {
  /** One more piece may come all the same, and the end. */
  pause(): void;
  resume(): void;
  /** The sink has taken a piece, and takes more. */
  taken(): void;
  /** Nothing more is passed on. Null: all of it was, and the sink has ended. */
  over(error: Error | null): void;
}

/**
 * Passes the body of one answer on to its sink: in order, nothing while the sink is full, and the end behind all of it. Pieces of an event
 * stream that come in one read of the socket are passed on as one, in the same turn: each event would otherwise be a write of its own.
 */
export class Passage {
  readonly digest = new AnswerDigest();
  readonly #sink: AnswerSink;
  readonly #source: BodySource;
  readonly #fullMs: number;
  /** What came and was not passed on, in order. */
  #pieces: Buffer[] = none;
  #isFull = false;
  /** All of the body has come. */
  #hasEnded = false;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param fullMs milliseconds that the sink may be full: whoever stops reading would keep a connection to the tool server */
  constructor(sink: AnswerSink, source: BodySource, fullMs: number) {
    this.#sink = sink;
    this.#source = source;
    this.#fullMs = fullMs;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** @throws what the sink throws */
  take(piece: Buffer): void {
    if (this.#isFull) this.#keep(piece);
    else this.#pass(piece);
  }

  /** The same at the end of this turn, together with what else comes in it. */
  takeTogether(piece: Buffer): void {
    if (!this.#isFull && this.#pieces.length === 0) process.nextTick(passKept, this);
    this.#keep(piece);
  }

  end(): void {
    this.#hasEnded = true;
    this.passKept();
    if (!this.#isFull) this.#end();
  }

  /** Passes on what came before, as far as the sink takes it. */
  passKept(): void {
    if (this.#isOver || this.#isFull || this.#pieces.length === 0) return;
    try {
      this.#passAll(this.#taken());
    } catch (thrown) {
      this.#source.over(asError(thrown));
    }
  }

  /** Nothing passes any more. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #keep(piece: Buffer): void {
    if (this.#pieces === none) this.#pieces = [piece];
    else this.#pieces.push(piece);
  }

  #taken(): readonly Buffer[] {
    const pieces = this.#pieces;
    this.#pieces = none;
    return pieces;
  }

  #passAll(pieces: readonly Buffer[]): void {
    const [first, ...others] = pieces;
    if (first !== undefined && others.length === 0) return this.#pass(first);
    if (this.#sink.pieces === undefined) return this.#pass(Buffer.concat(pieces));
    for (const piece of pieces) this.digest.update(piece);
    this.#passed(this.#sink.pieces(pieces));
  }

  #pass(piece: Buffer): void {
    this.digest.update(piece);
    this.#passed(this.#sink.data(piece));
  }

  #passed(hasRoom: boolean): void {
    if (hasRoom) return this.#source.taken();
    this.#isFull = true;
    if (!this.#hasEnded) this.#source.pause();
    this.#timer = setTimeout(() => this.#source.over(stoppedReading()), this.#fullMs);
    this.#sink.onDrain((failure) => this.#drained(failure));
  }

  #drained(failure: Error | undefined): void {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    if (failure !== undefined) return this.#source.over(failure);
    this.#isFull = false;
    this.passKept();
    if (this.#isOver || this.#isFull) return;
    if (this.#hasEnded) this.#end();
    else this.#source.resume();
  }

  #end(): void {
    if (this.#isOver) return;
    try {
      const ending = this.#sink.end();
      if (ending === undefined) return this.#source.over(null);
      const failed = (thrown: unknown): void => this.#source.over(asError(thrown));
      ending.then(() => this.#source.over(null), failed);
    } catch (thrown) {
      this.#source.over(asError(thrown));
    }
  }
}

/** SHA-256 and length of what passed. Most answers are one chunk: hashed in one go, without a hash object. */
class AnswerDigest {
  /** Why it is not made; null: it is. Set before anything passes. */
  omitted: DigestOmitted | null = null;
  #bytes = 0;
  #only: Buffer | null = null;
  #hash: Hash | null = null;

  update(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.omitted !== null) return;
    if (this.#only === null && this.#hash === null) this.#only = chunk;
    else {
      this.#hash ??= createHash("sha256").update(this.#only ?? "");
      this.#only = null;
      this.#hash.update(chunk);
    }
  }

  /** For the end: asked once. */
  recorded(): Pick<Sent, "responseDigest" | "digestOmitted" | "responseBytes"> {
    const digestOmitted = this.#bytes === 0 ? null : this.omitted;
    return { responseDigest: this.#text(), digestOmitted, responseBytes: this.#bytes };
  }

  /** `sha256:` and 64 hex digits; null when nothing came, and where it is omitted. */
  #text(): string | null {
    const hex = this.#hash?.digest("hex") ?? (this.#only === null ? null : hash("sha256", this.#only, "hex"));
    return hex === null ? null : `sha256:${hex}`;
  }
}

/** Of most answers: an array of its own would be made for each. */
const none: Buffer[] = [];

function passKept(passage: Passage): void {
  passage.passKept();
}

function stoppedReading(): Refusal {
  return new Refusal("client_gone", { detail: "the caller stopped reading the answer" });
}
