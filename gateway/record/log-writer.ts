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

/**
 * Appends JSON lines, one batch at a time: whatever arrives while a batch is on its way to disk shares the next
 * write and the next fdatasync (group commit). A line counts as written only after its fdatasync.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #handle: FileHandle | null = null;
  #segment = "";
  #size = 0;
  #seq = 0;
  #queue: Waiting[] = [];
  #flushing = false;
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
    if (this.#flushing || this.#queue.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#handle?.close();
    this.#handle = null;
  }

  #enqueue(record: string, done: Waiting["done"]): void {
    this.#queue.push({ record, done });
    if (!this.#flushing) {
      this.#flushing = true;
      void this.#flush();
    }
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      const error = await this.#write(batch);
      for (const waiting of batch) waiting.done?.(error);
    }
    this.#flushing = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #write(batch: readonly Waiting[]): Promise<Error | null> {
    try {
      const handle = await this.#ready();
      let text = "";
      for (const { record } of batch) text += `{"seq":${++this.#seq},${record.slice(1)}\n`;
      const bytes = Buffer.from(text);
      await writeAll(handle, bytes);
      await handle.datasync();
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
    const handle = await open(join(this.#options.dir, name), "a", 0o600);
    this.#handle = handle;
    this.#segment = name;
    this.#size = (await handle.stat()).size;
    return handle;
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  let at = 0;
  while (at < bytes.length) at += (await handle.write(bytes, at)).bytesWritten;
}
