import type { Finding } from "../domain/ports.ts";
import { asError } from "../lib/as-error.ts";
import { LogFile, type LogFileOptions } from "./log-file.ts";
import { logFindings } from "./log-findings.ts";
import type { LogSpace } from "./retention/log-space.ts";
import type { SharedRecord } from "./decision/shared-record.ts";

interface LogWriterOptions extends LogFileOptions {
  /** How much room there is for the log. */
  readonly space: Pick<LogSpace, "full" | "findings">;
  /** Records that may be queued without anyone waiting for them; one more is refused, never dropped. */
  readonly queueRecords: number;
  /** Told for each batch on disk: seconds since its first record was made. */
  readonly written?: (seconds: number) => void;
}

interface Waiting {
  /** Its members as JSON text, each with a comma in front: they stand behind the sequence number. */
  readonly members: string;
  /** What it refers to. */
  readonly shared: readonly SharedRecord[];
  /** Somebody waits for it, and is told when a write fails. Null: the record goes into the next write then. */
  readonly done: ((error: Error | null) => void) | null;
  /** Told why a record that nobody waits for will never be written. */
  readonly lost: ((cause: Error) => void) | null;
}

const noBatch = { records: 0, since: 0 };

/** Flush delay for records nobody waits for, in milliseconds. */
const LINGER_MS = 5;

/** Longest time that awaited records are gathered into one batch while the event loop is busy, in milliseconds. */
const GATHER_MS = 4;

/** Retry interval of a failing log, in milliseconds. It needs no call: a caller that sees /readyz at 503 sends none. */
const RETRY_MS = 1_000;

/** Records of what was done already that may wait beside buffered decisions while the log cannot be written. */
const KEPT_RECORDS = 10_000;

const none: readonly SharedRecord[] = [];

/**
 * Appends JSON lines, one batch at a time: whatever arrives until the event loop has nothing else to do, or while a batch
 * is on its way to disk, shares the next write (group commit). A write costs about as much as all else that is done for a
 * call, however many lines it takes. A line counts as written only when it is on disk, in a file that nobody else touched.
 * Lines that nobody waits for go along with the next that somebody does.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #file: LogFile;
  readonly #bytes = new BatchBytes();
  #queue: Waiting[] = [];
  /** When the first record of the queue was made, on the monotonic clock. */
  #queuedAt = 0;
  /** The batch that is on its way to disk: how many records, and when the first was made. */
  #batch = noBatch;
  #awaited = 0;
  /** Records that nobody waits for and that are not on disk yet, and how many of them never will be. */
  #kept = 0;
  #lost = 0;
  #flushing = false;
  #lingering: NodeJS.Timeout | null = null;
  #retrying: NodeJS.Timeout | null = null;
  #failure: Error | null = null;
  #idle: (() => void)[] = [];

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#file = new LogFile(options);
  }

  /** Opens the newest segment and goes on after its last sequence number. @throws when the folder cannot be written. */
  async open(): Promise<void> {
    await this.#file.ready();
    this.#begin();
  }

  /** Why the last write failed; null while the log can be written. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Why no further decision may be recorded, though the log can still be written; null when one may. */
  get full(): string | null {
    return this.#options.space.full;
  }

  /** Records that are not on disk yet, and the age of the oldest; 0 when there is none. */
  lag(): { readonly records: number; readonly seconds: number } {
    const { records, since } = this.#batch;
    const waiting = records + this.#queue.length;
    if (waiting === 0) return { records: 0, seconds: 0 };
    return { records: waiting, seconds: this.#secondsSince(records > 0 ? since : this.#queuedAt) };
  }

  #secondsSince(at: number): number {
    return (this.#options.clock.monotonic() - at) / 1_000;
  }

  /** The log or what proves it cannot be written now, or records of it were changed or lost since the start. */
  findings(): Finding[] {
    const state = { failure: this.#failure, waiting: this.#kept, lost: this.#lost, changed: this.#file.lost };
    return [...this.#options.space.findings(), ...logFindings(state), ...this.#options.tree.findings()];
  }

  /** Says that the log cannot be written, until a write succeeds. */
  fail(failure: unknown): void {
    this.#failure = asError(failure);
    this.#retry();
  }

  /** Calls back when the record (its members, see `decisionLine`) is on disk, or with the reason why it is not. */
  append(members: string, written: (error: Error | null) => void, shared = none): void {
    this.#enqueue({ members, shared, done: written, lost: null });
  }

  /** Queues the record of what may still be refused. False when the log is failing or the queue is full: the caller must refuse. */
  enqueue(members: string, shared = none): boolean {
    if (this.#failure !== null || this.#queue.length >= this.#options.queueRecords) return false;
    this.#enqueue({ members, shared, done: null, lost: null });
    return true;
  }

  /**
   * Queues the record of what was done already. It waits in memory, in its order, until it is on disk, however often a write
   * fails. `lost` is told when it never will be: too many wait, or the gateway stops while the log cannot be written.
   */
  keep(members: string, lost: (cause: Error) => void, shared = none): void {
    const most = this.#options.queueRecords + KEPT_RECORDS;
    if (this.#kept < most) return this.#enqueue({ members, shared, done: null, lost });
    this.#lost += 1;
    lost(new Error(`${most} records wait for the log already`));
  }

  /** Notes in the store how far the log has come. @throws when the store cannot be written */
  keepMark(): Promise<void> {
    return this.#file.keepMark();
  }

  async close(): Promise<void> {
    if (this.#retrying !== null) clearTimeout(this.#retrying);
    if (this.#queue.length > 0) this.#begin();
    if (this.#flushing) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#file.close();
  }

  #enqueue(waiting: Waiting): void {
    if (this.#queue.length === 0) this.#queuedAt = this.#options.clock.monotonic();
    this.#queue.push(waiting);
    if (waiting.done === null) {
      this.#kept += 1;
      return this.#linger();
    }
    this.#awaited += 1;
    this.#begin();
  }

  /** Not while the log fails: each try opens files, and `#retry` tries often enough. */
  #linger(): void {
    if (this.#flushing || this.#lingering !== null || this.#failure !== null) return;
    this.#lingering = setTimeout(() => {
      this.#lingering = null;
      if (this.#queue.length > 0) this.#begin();
    }, LINGER_MS);
  }

  #retry(): void {
    this.#retrying ??= setTimeout(() => {
      this.#retrying = null;
      this.#begin();
    }, RETRY_MS).unref();
  }

  #begin(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    whenIdle(this.#options.clock.monotonic, GATHER_MS, () => void this.#flush());
  }

  async #flush(): Promise<void> {
    do {
      const batch = this.#queue;
      const since = this.#queuedAt;
      this.#queue = [];
      this.#awaited = 0;
      this.#batch = { records: batch.length, since };
      const error = await this.#write(batch);
      this.#batch = noBatch;
      if (error === null && batch.length > 0) this.#options.written?.(this.#secondsSince(since));
      for (const waiting of batch) waiting.done?.(error);
      const kept = batch.filter(({ done }) => done === null);
      if (error === null) this.#kept -= kept.length;
      else this.#requeue(kept, since, error);
    } while (this.#idle.length > 0 && this.#queue.length > 0);
    this.#flushing = false;
    for (const resolve of this.#idle.splice(0)) resolve();
    if (this.#awaited > 0) this.#begin();
    else if (this.#queue.length > 0) this.#linger();
  }

  /** What records nobody waits for tell was done already, so they go into the next batch; they are dropped only at shutdown. */
  #requeue(kept: readonly Waiting[], since: number, error: Error): void {
    if (kept.length === 0) return;
    if (this.#idle.length === 0) {
      this.#queuedAt = since;
      this.#queue = [...kept, ...this.#queue];
      return;
    }
    this.#kept -= kept.length;
    for (const { lost } of kept) lost?.(error);
    this.#options.logger.error("records are lost: the log cannot be written", { records: kept.length });
  }

  async #write(batch: readonly Waiting[]): Promise<Error | null> {
    try {
      await this.#file.ready();
      // Joined once: each append to a text makes a new one.
      const texts = [this.#file.preamble()];
      const shared = this.#file.lacking(batch);
      await this.#file.reserve(shared.length + batch.length);
      for (const { line } of shared) texts.push('{"seq":', String(this.#file.nextSeq()), line, "}\n");
      for (const { members } of batch) texts.push('{"seq":', String(this.#file.nextSeq()), members, "}\n");
      const text = texts.join("");
      if (text !== "") await this.#file.append(this.#bytes.of(text));
      this.#failure = null;
      return null;
    } catch (thrown) {
      const known = this.#failure?.message;
      this.fail(thrown);
      await this.#file.failed(thrown);
      if (this.#failure?.message !== known)
        this.#options.logger.error("decision log cannot be written", { error: String(thrown) });
      return this.#failure;
    }
  }
}

/** A turn of the event loop that ends sooner did no work, in milliseconds. */
const EMPTY_TURN_MS = 0.03;

/**
 * Calls `then` after the first turn of the event loop that did no work, and at the latest in the first turn that begins
 * `mostMs` milliseconds from now. One empty turn takes microseconds; concurrent callers share a batch.
 */
export function whenIdle(monotonic: () => number, mostMs: number, then: () => void): void {
  const began = monotonic();
  let before = began;
  function look(): void {
    const now = monotonic();
    if (now - before < EMPTY_TURN_MS || now - began >= mostMs) return then();
    before = now;
    setImmediate(look);
  }
  setImmediate(look);
}

/** One buffer reused for every batch: only one batch is written at a time. */
class BatchBytes {
  #bytes = Buffer.allocUnsafe(512 * 1024);

  /** UTF-8, good until the next batch. */
  of(text: string): Buffer {
    const most = text.length * 3;
    if (most > this.#bytes.length) return Buffer.from(text);
    return this.#bytes.subarray(0, this.#bytes.write(text));
  }
}
