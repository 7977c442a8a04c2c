import { constants, fdatasync, write } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, type Logger } from "../domain/ports.ts";
import { lastSegment, lastSequence, nextSegmentName } from "./segments.ts";

export interface LogWriterOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A segment larger than this is closed and a new one begun. */
  readonly segmentBytes: number;
  /** Records that may be queued without anyone waiting for them; one more is refused, never dropped. */
  readonly queueRecords: number;
}

interface Waiting {
  /** A JSON object's text; the sequence number is put in front when it is written. */
  readonly record: string;
  readonly done: ((error: Error | null) => void) | null;
}

/** How long records that nobody waits for may lie in memory for want of one that somebody does, in milliseconds. */
const LINGER_MS = 5;

/** open(2): each write returns when its data is on disk, as after an fdatasync; not everywhere is there such a flag. */
const DSYNC: number | undefined = constants.O_DSYNC;
const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | (DSYNC ?? 0);

/**
 * Appends JSON lines, one batch at a time: whatever arrives in one turn of the event loop, or while a batch is on its way
 * to disk, shares the next write (group commit). A line counts as written only when it is on disk. Lines that nobody waits
 * for go along with the next that somebody does.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #handle: FileHandle | null = null;
  #segment = "";
  #size = 0;
  #seq = 0;
  #queue: Waiting[] = [];
  #awaited = 0;
  #flushing = false;
  #lingering: NodeJS.Timeout | null = null;
  #failure: Error | null = null;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #idle: (() => void)[] = [];

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /** Opens the newest segment and goes on after its last sequence number. @throws when the folder cannot be written. */
  async open(): Promise<void> {
    await this.#reopen();
  }

  /** Why the last write failed; null while the log can be written. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Says that the log cannot be written, until a write succeeds. */
  fail(failure: unknown): void {
    this.#failure = failure instanceof Error ? failure : new Error(String(failure));
  }

  /** Resolves when the record (a JSON object's text) is on disk; rejects when it is not. */
  append(record: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#enqueue(record, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** Queues the record for the next batch. False when the log is failing or the queue is full: the caller must refuse. */
  enqueue(record: string): boolean {
    if (this.#failure !== null || this.#queue.length >= this.#options.queueRecords) return false;
    this.#enqueue(record, null);
    return true;
  }

  async close(): Promise<void> {
    if (this.#queue.length > 0) this.#begin();
    if (this.#flushing) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#handle?.close();
    this.#handle = null;
  }

  #enqueue(record: string, done: Waiting["done"]): void {
    this.#queue.push({ record, done });
    if (done === null) return this.#linger();
    this.#awaited += 1;
    this.#begin();
  }

  #linger(): void {
    if (this.#flushing || this.#lingering !== null) return;
    this.#lingering = setTimeout(() => {
      this.#lingering = null;
      if (this.#queue.length > 0) this.#begin();
    }, LINGER_MS);
  }

  /** After this turn of the event loop: what else was read from the sockets in it goes along. */
  #begin(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    do {
      const batch = this.#queue;
      this.#queue = [];
      this.#awaited = 0;
      const error = await this.#write(batch);
      for (const waiting of batch) waiting.done?.(error);
    } while (this.#awaited > 0 || (this.#idle.length > 0 && this.#queue.length > 0));
    this.#flushing = false;
    for (const resolve of this.#idle.splice(0)) resolve();
    if (this.#queue.length > 0) this.#linger();
  }

  async #write(batch: readonly Waiting[]): Promise<Error | null> {
    try {
      const handle = await this.#ready();
      let text = "";
      for (const { record } of batch) text += `{"seq":${++this.#seq},${record.slice(1)}\n`;
      const bytes = Buffer.from(text);
      await writeAll(handle.fd, bytes);
      this.#size += bytes.length;
      this.#failure = null;
      return null;
    } catch (thrown) {
      this.fail(thrown);
      await this.#handle?.close().catch(() => undefined);
      this.#handle = null;
      this.#options.logger.error("decision log cannot be written", { error: String(thrown) });
      return this.#failure;
    }
  }

  /** The open segment; reopened after a failure, replaced when full, and looked at once a second: a deleted file takes writes without complaint. */
  async #ready(): Promise<FileHandle> {
    const { clock, segmentBytes } = this.#options;
    const handle = this.#handle;
    // After a failure the file says where the sequence stands, not the memory.
    if (handle === null) return this.#reopen();
    if (clock.monotonic() - this.#checkedAt > 1_000) {
      this.#checkedAt = clock.monotonic();
      await this.#assertInPlace(handle);
    }
    return this.#size > segmentBytes ? this.#use(nextSegmentName(this.#segment)) : handle;
  }

  async #assertInPlace(handle: FileHandle): Promise<void> {
    const [there, open] = [await stat(join(this.#options.dir, this.#segment)), await handle.stat()];
    if (there.ino !== open.ino) throw new Error("the log segment was replaced on disk");
  }

  async #reopen(): Promise<FileHandle> {
    const { dir, logger } = this.#options;
    const name = await lastSegment(dir);
    this.#seq = await lastSequence(dir, logger);
    return this.#use(name);
  }

  async #use(name: string): Promise<FileHandle> {
    await this.#handle?.close();
    const handle = await open(join(this.#options.dir, name), APPEND, 0o600);
    this.#handle = handle;
    this.#segment = name;
    this.#size = (await handle.stat()).size;
    return handle;
  }
}

/** With callbacks: of all that is asked of the disk this is asked most often, and a promise each would cost as much again. */
function writeAll(fd: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null): void => (error === null ? resolve() : reject(error));
    const from = (at: number): void => {
      write(fd, bytes, at, bytes.length - at, null, (error, written) => {
        if (error !== null) reject(error);
        else if (at + written < bytes.length) from(at + written);
        else if (DSYNC === undefined) fdatasync(fd, settle);
        else resolve();
      });
    };
    from(0);
  });
}
