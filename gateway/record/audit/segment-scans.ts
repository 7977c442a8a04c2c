import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type ScanJob, type SegmentScan, scanSegment } from "./scan-segment.ts";

/** Looks through segments, several at once when there are threads. */
export interface SegmentScans {
  /** Segments that are worth asking for before their turn. */
  readonly ahead: number;
  scan(job: ScanJob, progress: (lines: number) => void): Promise<SegmentScan>;
  close(): Promise<unknown>;
}

export type FromScan =
  { readonly kind: "progress"; readonly lines: number } | { readonly kind: "scanned"; readonly scan: SegmentScan };

/** For less, threads start later than this thread is through. */
const THREADS_FROM_BYTES = 16 * 1024 * 1024;

/** For segments of so many bytes. */
export function openScans(bytes: number, threadsFrom: number = THREADS_FROM_BYTES): SegmentScans {
  const threads = availableParallelism();
  return bytes < threadsFrom || threads === 1 ? onThisThread : new ThreadScans(threads);
}

/** One segment after the other. */
export const onThisThread: SegmentScans = { ahead: 0, scan: scanSegment, close: () => Promise.resolve() };

interface Asked {
  readonly job: ScanJob;
  readonly progress: (lines: number) => void;
  readonly done: (scan: SegmentScan) => void;
  readonly failed: (failure: Error) => void;
}

class ThreadScans implements SegmentScans {
  /** So that no thread waits for work, and few results wait for their turn. */
  readonly ahead: number;
  readonly #most: number;
  readonly #threads: ScanThread[] = [];
  readonly #asked: Asked[] = [];

  constructor(threads: number) {
    this.#most = threads;
    this.ahead = 2 * threads;
  }

  scan(job: ScanJob, progress: Asked["progress"]): Promise<SegmentScan> {
    return new Promise((done, failed) => {
      this.#asked.push({ job, progress, done, failed });
      this.#begin();
    });
  }

  close(): Promise<unknown> {
    return Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #begin(): void {
    if (this.#asked.length === 0) return;
    let thread = this.#threads.find((one) => one.isIdle);
    if (thread === undefined) {
      if (this.#threads.length === this.#most) return;
      this.#threads.push((thread = new ScanThread(() => this.#begin())));
    }
    thread.begin(this.#asked.shift() as Asked);
  }
}

/** Looks through one segment after the other. */
class ScanThread {
  readonly #worker = new Worker(new URL("./scan-thread.ts", import.meta.url));
  #asked: Asked | null = null;

  /** `idle`: called when it is through. */
  constructor(idle: () => void) {
    this.#worker.on("message", (message: FromScan) => {
      if (message.kind === "progress") return this.#asked?.progress(message.lines);
      const asked = this.#asked;
      this.#asked = null;
      asked?.done(message.scan);
      idle();
    });
    this.#worker.on("error", (failure) => this.#asked?.failed(failure));
    this.#worker.on("exit", (code) => this.#asked?.failed(new Error(`the thread ended with ${code}`)));
  }

  get isIdle(): boolean {
    return this.#asked === null;
  }

  begin(asked: Asked): void {
    this.#asked = asked;
    this.#worker.postMessage(asked.job);
  }

  close(): Promise<number> {
    return this.#worker.terminate();
  }
}
