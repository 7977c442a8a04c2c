import { mkdir } from "node:fs/promises";
import type { Clock, Logger, LogMarks } from "../domain/ports.ts";
import { OpenSegment, SegmentChanged, logEnd, nextSegmentName, segmentNames } from "./segments.ts";

export interface LogFileOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly marks: LogMarks;
  readonly segmentBytes: number;
}

/** Numbers reserved at once. One durable write to the store for so many records; as many are skipped when a log is lost. */
const BLOCK = 8_192;

/** While calls are recorded the reservation moves at least this often: it shows how old a copy of the store is. */
const RESERVE_EVERY_MS = 10_000;

/**
 * The segments of one log and the numbers of its records. A segment that somebody else changed is left as it is, and a new
 * one is begun; a number is never given twice, whatever becomes of the files.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  #segment: OpenSegment | null = null;
  /** The segment that was open last; null until the log was opened once. */
  #before: OpenSegment | null = null;
  #changed = false;
  /** The last number given; the last of a record that is known to be on disk, which the next opening does not go below. */
  #seq = 0;
  #written = 0;
  #noted = 0;
  #reserved = 0;
  #reservedAt = 0;
  /** Of a record that tells what happened to the log; null when there is nothing to tell. */
  #problem: string | null = null;
  #lost: string | null = null;

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  /** What was changed or lost since the start; null when nothing was. */
  get lost(): string | null {
    return this.#lost;
  }

  /** Makes sure that a segment is open and not full. @throws when that cannot be */
  async ready(): Promise<void> {
    const { dir, segmentBytes } = this.#options;
    if (this.#segment === null) return this.#open();
    if (this.#segment.size <= segmentBytes) return;
    const full = this.#segment;
    this.#use(await OpenSegment.create(dir, nextSegmentName(await segmentNames(dir), full.name)));
    await full.close();
  }

  /** The line that tells that the log was interrupted, if it was: it is the first after it. Empty otherwise. */
  async interruption(): Promise<string> {
    if (this.#problem === null) return "";
    await this.reserve(1);
    const timestamp = new Date(this.#options.clock.now()).toISOString();
    const record = { kind: "interruption", timestamp, problem: this.#problem };
    return `{"seq":${this.nextSeq()},${JSON.stringify(record).slice(1)}\n`;
  }

  /** Makes sure that so many numbers may be given. @throws when the store cannot be written */
  async reserve(count: number): Promise<void> {
    if (this.#seq + count > this.#reserved) await this.#reserve(this.#seq + count + BLOCK);
  }

  nextSeq(): number {
    return ++this.#seq;
  }

  /** @throws SegmentChanged, or why the bytes are not on disk */
  async append(bytes: Buffer): Promise<void> {
    if (this.#segment === null) throw new Error("no segment is open");
    await this.#segment.append(bytes);
    this.#written = this.#seq;
    this.#problem = null;
  }

  /** After a failed write or opening: the segment is opened anew before the next. */
  async failed(cause: unknown): Promise<void> {
    if (cause instanceof SegmentChanged) {
      this.#changed = true;
      this.#lost = cause.message;
    }
    this.#problem = String(cause);
    await this.#segment?.close().catch(() => undefined);
    this.#segment = null;
  }

  async keepMark(): Promise<void> {
    const written = this.#written;
    if (written === this.#noted) return;
    const due = this.#options.clock.monotonic() - this.#reservedAt > RESERVE_EVERY_MS;
    // Ahead of need, so that hardly any batch waits for the store.
    if (due || this.#seq + BLOCK / 2 > this.#reserved) await this.#reserve(this.#seq + BLOCK);
    else await this.#options.marks.note(written);
    this.#noted = written;
  }

  async close(): Promise<void> {
    await this.#segment?.close();
    this.#before = this.#segment = null;
  }

  /** A batch and the mark in the background may both reserve at the same time: the higher number counts, as in the store. */
  async #reserve(reserved: number): Promise<void> {
    await this.#options.marks.reserve({ last: this.#written, reserved });
    this.#reserved = Math.max(this.#reserved, reserved);
    this.#reservedAt = this.#options.clock.monotonic();
  }

  #use(segment: OpenSegment): void {
    this.#before = this.#segment = segment;
  }

  async #open(): Promise<void> {
    if (this.#before === null) return this.#openFirst();
    if (!this.#changed) this.#changed = !(await this.#resume(this.#before));
    if (this.#changed) await this.#begin(this.#before.name);
  }

  /** Goes on in the same file after a write that failed. False when somebody else changed it meanwhile. */
  async #resume(before: OpenSegment): Promise<boolean> {
    const { dir, logger } = this.#options;
    const again = await OpenSegment.resume(dir, before.name).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    const same = again !== null && before.isContinuedBy(again);
    await again?.close();
    const end = same ? await logEnd(dir, logger) : null;
    if (end === null || end.problem !== null || end.segment !== before.name) {
      this.#lost = end?.problem ?? `${before.name} is not the file any more that was written`;
      return false;
    }
    // A record that could not be written leaves no gap: the file says where the sequence stands, not the memory.
    this.#seq = Math.max(end.seq, this.#written);
    this.#use(await OpenSegment.resume(dir, before.name));
    return true;
  }

  /** At the start: the log and what the store knows of it must agree, or no number may be given that could be taken. */
  async #openFirst(): Promise<void> {
    const { dir, logger, marks } = this.#options;
    const end = await logEnd(dir, logger);
    const mark = await marks.read();
    const missing = end.seq < mark.last;
    this.#seq = this.#written = missing ? Math.max(end.seq, mark.reserved) : end.seq;
    await this.#reserve(this.#seq + BLOCK);
    if (missing) this.#lost = `it ends with record ${end.seq}, and ${mark.last} or more were written`;
    this.#lost = end.problem ?? this.#lost;
    this.#problem = this.#lost;
    if (this.#lost !== null) logger.error("the decision log is not as it was left", { problem: this.#lost });
    if (end.segment === null || this.#lost !== null) return this.#begin(end.segment ?? "");
    this.#use(await OpenSegment.resume(dir, end.segment));
  }

  /** What was changed is left as it is: it is evidence. */
  async #begin(after: string): Promise<void> {
    const { dir } = this.#options;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    this.#use(await OpenSegment.create(dir, nextSegmentName(await segmentNames(dir), after)));
    this.#changed = false;
  }
}
