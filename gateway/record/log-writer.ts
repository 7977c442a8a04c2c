import { constants, fdatasync, write } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, type Logger } from "../domain/ports.ts";
import { atLull } from "./lull.ts";
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
  /** Its members as JSON text, each with a comma in front: they stand behind the sequence number. */
  readonly members: string;
  readonly done: ((error: Error | null) => void) | null;
}

/** How long records that nobody waits for may lie in memory for want of one that somebody does, in milliseconds. */
const LINGER_MS = 5;

/** How long records that somebody waits for may lie there while the event loop is busy with bringing more, in milliseconds. */
const GATHER_MS = 4;

/** open(2): each write returns when its data is on disk, as after an fdatasync; not everywhere is there such a flag. */
const DSYNC: number | undefined = constants.O_DSYNC;
const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | (DSYNC ?? 0);

/**
 * Appends JSON lines, one batch at a time: whatever arrives until the event loop has nothing else to do, or while a batch
 * is on its way to disk, shares the next write (group commit). A write costs about as much as all else that is done for a
 * call, however many lines it takes. A line counts as written only when it is on disk. Lines that nobody waits for go
 * along with the next that somebody does.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #handle: FileHandle | null = null;
  #segment = "";
  #size = 0;
  #seq = 0;
  #queue: Waiting[] = [];
  readonly #bytes = new BatchBytes();
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

  /** Calls back when the record (its members, see `decisionLine`) is on disk, or with the reason why it is not. */
  append(members: string, written: (error: Error | null) => void): void {
    this.#enqueue(members, written);
  }

  /** Queues the record for the next batch. False when the log is failing or the queue is full: the caller must refuse. */
  enqueue(members: string): boolean {
    if (this.#failure !== null || this.#queue.length >= this.#options.queueRecords) return false;
    this.#enqueue(members, null);
    return true;
  }

  async close(): Promise<void> {
    if (this.#queue.length > 0) this.#begin();
    if (this.#flushing) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#handle?.close();
    this.#handle = null;
  }

  #enqueue(members: string, done: Waiting["done"]): void {
    this.#queue.push({ members, done });
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

  #begin(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    atLull(this.#options.clock.monotonic, GATHER_MS, () => void this.#flush());
  }

  async #flush(): Promise<void> {
    do {
      const batch = this.#queue;
      this.#queue = [];
      this.#awaited = 0;
      const error = await this.#write(batch);
      for (const waiting of batch) waiting.done?.(error);
    } while (this.#idle.length > 0 && this.#queue.length > 0);
    this.#flushing = false;
    for (const resolve of this.#idle.splice(0)) resolve();
    if (this.#awaited > 0) this.#begin();
    else if (this.#queue.length > 0) this.#linger();
  }

  async #write(batch: readonly Waiting[]): Promise<Error | null> {
    try {
      const handle = await this.#ready();
      let text = "";
      for (const { members } of batch) text += `{"seq":${++this.#seq}${members}}\n`;
      const bytes = this.#bytes.of(text);
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

/** One buffer for every batch, since there is one at a time. */
class BatchBytes {
  #bytes = Buffer.allocUnsafe(512 * 1024);

  /** UTF-8, good until the next batch. */
  of(text: string): Buffer {
    const most = text.length * 3;
    if (most > this.#bytes.length) return Buffer.from(text);
    return this.#bytes.subarray(0, this.#bytes.write(text));
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
