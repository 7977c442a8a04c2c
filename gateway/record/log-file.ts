import { mkdir } from "node:fs/promises";
import type { Clock, Logger, LogMarks } from "../domain/ports.ts";
import type { SegmentReason } from "./segment-header.ts";
import type { SharedRecord } from "./decision/shared-record.ts";
import { OpenSegment, SegmentChanged, logEnd, nextSegmentName } from "./segments.ts";
import type { TreeEnd } from "./tree/open-tree.ts";
import type { TreeFollower } from "./tree/tree-follower.ts";

export interface LogFileOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly marks: LogMarks;
  /** Follows what is written. */
  readonly tree: Pick<TreeFollower, "open" | "append" | "room" | "close" | "isToBeOpened" | "findings">;
  /** A segment larger than this is closed and a new one begun. */
  readonly segmentBytes: number;
  /** The same for one that was begun longer ago than this; null for no such limit. */
  readonly segmentAgeMs: number | null;
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
  #tree: TreeEnd | null = null;
  /** Lines that are on disk, and lines of the batch that is made. */
  #leaves = 0;
  #lines = 0;
  /** Lines taken into the tree at the start, until a record has told of them. */
  #adopted = 0;
  /** Why the open segment was begun, and which one was before it. */
  #begun: { readonly why: SegmentReason; readonly after: string | null } = { why: "first", after: null };
  #begunAt = 0;
  /** Stands for the lines since the segment was opened: shared members that were written before it may be in another, or nowhere. */
  #part: object = {};

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
    if (this.#options.tree.isToBeOpened) await this.#openTreeAgain();
    const full = this.#segment;
    const why = full.isMoved ? "moved" : full.size > segmentBytes ? "full" : this.#isOld() ? "old" : null;
    if (why === null) return;
    this.#use(await OpenSegment.create(dir, await nextSegmentName(dir, full.name)), why, full.name);
    await full.close();
  }

  /**
   * What stands before the records of a batch: the first line of a segment, what interrupted the log, and how many lines the
   * tree took in at the start. Mostly empty.
   */
  preamble(): string {
    const isFirst = this.#segment?.size === 0;
    const problem = this.#problem;
    if (!isFirst && problem === null && this.#adopted === 0) return "";
    const place = { segment: this.#segment?.name, log: this.#tree?.origin, leaf: this.#leaves, ...this.#begun };
    const head = problem === null ? "segment" : "interruption";
    return (
      (isFirst || problem !== null
        ? this.#line(head, { ...(isFirst && place), ...(problem !== null && { problem }) })
        : "") + (this.#adopted > 0 ? this.#line("adopted", { lines: this.#adopted, to_leaf: this.#tree?.size }) : "")
    );
  }

  #line(kind: string, members: object): string {
    const timestamp = new Date(this.#options.clock.now()).toISOString();
    return `{"seq":${this.nextSeq()},${JSON.stringify({ kind, timestamp, ...members }).slice(1)}\n`;
  }

  #isOld(): boolean {
    const { segmentAgeMs, clock } = this.#options;
    const written = this.#segment?.size ?? 0;
    return segmentAgeMs !== null && written > 0 && clock.monotonic() - this.#begunAt > segmentAgeMs;
  }

  /** Makes sure that the numbers that were given, and so many more, may be written. @throws when the store cannot be written */
  async reserve(count: number): Promise<void> {
    if (this.#seq + count > this.#reserved) await this.#reserve(this.#seq + count + BLOCK);
  }

  nextSeq(): number {
    this.#lines += 1;
    return ++this.#seq;
  }

  /** Of what records refer to, that which those of the next batch cannot refer to yet. It is written before them, or the batch fails. */
  lacking(records: readonly { readonly shared: readonly SharedRecord[] }[]): SharedRecord[] {
    const lacking: SharedRecord[] = [];
    for (const { shared } of records)
      for (const one of shared) {
        if (one.writtenIn === this.#part) continue;
        one.writtenIn = this.#part;
        lacking.push(one);
      }
    return lacking;
  }

  /** @throws SegmentChanged, or why the bytes are not on disk */
  async append(bytes: Buffer): Promise<void> {
    if (this.#segment === null) throw new Error("no segment is open");
    await this.#options.tree.room();
    await this.#segment.append(bytes);
    this.#written = this.#seq;
    this.#problem = null;
    this.#adopted = 0;
    this.#taken(bytes, this.#lines);
  }

  #taken(lines: Buffer, count: number): void {
    this.#options.tree.append(lines);
    this.#leaves += count;
    this.#lines = 0;
  }

  /** After a failed write or opening: the segment is opened anew before the next. */
  async failed(cause: unknown): Promise<void> {
    // While no other segment can be begun, what happened to the last one stays what the next begins with.
    if (cause instanceof SegmentChanged || !this.#changed) this.#problem = String(cause);
    if (cause instanceof SegmentChanged) {
      this.#changed = true;
      this.#lost = cause.message;
    }
    this.#lines = 0;
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
    await this.#options.tree.close();
  }

  /** A batch and the mark in the background may both reserve at the same time: the higher number counts, as in the store. */
  async #reserve(reserved: number): Promise<void> {
    await this.#options.marks.reserve({ last: this.#written, reserved });
    this.#reserved = Math.max(this.#reserved, reserved);
    this.#reservedAt = this.#options.clock.monotonic();
  }

  #use(segment: OpenSegment, why: SegmentReason = "first", after: string | null = null): void {
    this.#before = this.#segment = segment;
    this.#part = {};
    this.#begun = { why, after };
    if (segment.size === 0) this.#begunAt = this.#options.clock.monotonic();
  }

  async #open(): Promise<void> {
    if (this.#before === null) return this.#openFirst();
    if (!this.#changed) this.#changed = !(await this.#resume(this.#before));
    if (this.#changed) await this.#begin(this.#before.name, "problem");
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
    const segment = await OpenSegment.resume(dir, before.name);
    const more = await segment.readFrom(before.size);
    this.#use(segment, this.#begun.why, this.#begun.after);
    this.#taken(more, countLines(more));
    return true;
  }

  /** At the start: the log and what the store knows of it must agree, or no number may be given that could be taken. */
  async #openFirst(): Promise<void> {
    const { dir, logger, marks } = this.#options;
    const end = await logEnd(dir, logger);
    const mark = await marks.read();
    this.#tree ??= await this.#openTree();
    const ended = end.seq < mark.last ? `it ends with record ${end.seq}, and ${mark.last} or more were written` : null;
    const isMissing = ended !== null || this.#tree.missing > 0;
    this.#seq = this.#written = isMissing ? Math.max(end.seq, mark.reserved) : end.seq;
    await this.#reserve(this.#seq + BLOCK);
    const problems = [end.problem, ended, this.#tree.problem].filter((problem) => problem !== null);
    this.#lost = problems.length === 0 ? null : problems.join("; ");
    this.#problem = this.#lost;
    if (this.#lost !== null) logger.error("the decision log is not as it was left", { problem: this.#lost });
    const last = end.segment ?? end.moved;
    if (end.segment === null || this.#lost !== null) return this.#begin(last, end.moved === null ? "first" : "moved");
    this.#use(await OpenSegment.resume(dir, end.segment));
  }

  /** Its thread had ended. Between two batches: the files have every line that it takes in, and no other. */
  async #openTreeAgain(): Promise<void> {
    const { logger } = this.#options;
    try {
      this.#tree = await this.#openTree();
    } catch (failure) {
      return logger.error("the tree over the decision log cannot be opened again", { error: String(failure) });
    }
    const { problem } = this.#tree;
    if (problem === null) return;
    logger.error("the decision log is not as it was left", { problem });
    this.#lost = this.#problem = problem;
    this.#changed = true;
    const before = this.#segment;
    await this.#begin(before?.name ?? null, "problem");
    await before?.close();
  }

  async #openTree(): Promise<TreeEnd> {
    const { tree, logger } = this.#options;
    const end = await tree.open();
    this.#leaves = end.size;
    this.#adopted = end.adopted;
    if (end.adopted > 0)
      logger.warn("lines of the decision log that no tree covered were taken in", { lines: end.adopted });
    return end;
  }

  /** What was changed is left as it is: it is evidence. */
  async #begin(after: string | null, why: SegmentReason): Promise<void> {
    const { dir } = this.#options;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const segment = await OpenSegment.create(dir, await nextSegmentName(dir, after ?? ""));
    this.#use(segment, this.#problem === null ? why : "problem", after);
    this.#changed = false;
  }
}

function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(0x0a); at !== -1; at = lines.indexOf(0x0a, at + 1)) count += 1;
  return count;
}
