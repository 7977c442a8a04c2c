import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type SaidByLines, type ScanJob, type ScanListener, type SegmentScan, scanSegment } from "./scan-segment.ts";

/** Looks through segments, several at once when there are threads. */
export interface SegmentScans {
  /** Segments that are worth asking for before their turn. */
  readonly ahead: number;
  /** @throws Error when the thread of this one fails; that of another is not concerned */
  scan(job: ScanJob, listener: ScanListener): Promise<SegmentScan>;
  close(): Promise<unknown>;
}

/** `heard`: one more of what was said. */
export type ToScan = { readonly kind: "scan"; readonly job: ScanJob } | { readonly kind: "heard" };

export type FromScan =
  | { readonly kind: "progress"; readonly lines: number }
  | { readonly kind: "said"; readonly lines: SaidByLines }
  | { readonly kind: "scanned"; readonly scan: SegmentScan };

export interface ScanThreadData {
  /** So many runs of lines may wait to be heard: a thread that is ahead of its turn takes no more memory. */
  readonly mostUnheard: number;
}

/** More than most segments have. */
const MOST_UNHEARD = 256;

/** For less, threads start later than this thread is through. */
const THREADS_FROM_BYTES = 16 * 1024 * 1024;

/** For segments of so many bytes. */
export function openScans(bytes: number): SegmentScans {
  const threads = availableParallelism();
  return bytes < THREADS_FROM_BYTES || threads === 1 ? onThisThread : new ThreadScans(threads);
}

/** One segment after the other. */
export const onThisThread: SegmentScans = { ahead: 0, scan: scanSegment, close: () => Promise.resolve() };

interface Asked {
  readonly job: ScanJob;
  readonly listener: ScanListener;
  readonly done: (scan: SegmentScan) => void;
  readonly failed: (failure: Error) => void;
}

interface ThreadOptions extends Partial<ScanThreadData> {
  readonly entry?: URL;
}

/** A thread that fails takes the one segment with it that it looks through; another one is started for the next. */
export class ThreadScans implements SegmentScans {
  /** So that no thread waits for work, and few results wait for their turn. */
  readonly ahead: number;
  readonly #most: number;
  readonly #entry: URL;
  readonly #data: ScanThreadData;
  readonly #threads = new Set<ScanThread>();
  readonly #asked: Asked[] = [];
  #isClosed = false;

  constructor(
    threads: number,
    { entry = new URL("./scan-thread.ts", import.meta.url), mostUnheard = MOST_UNHEARD }: ThreadOptions = {},
  ) {
    this.#most = threads;
    this.#entry = entry;
    this.#data = { mostUnheard };
    this.ahead = 2 * threads;
  }

  scan(job: ScanJob, listener: ScanListener): Promise<SegmentScan> {
    return new Promise((done, failed) => {
      this.#asked.push({ job, listener, done, failed });
      this.#begin();
    });
  }

  close(): Promise<unknown> {
    this.#isClosed = true;
    return Promise.all([...this.#threads].map((thread) => thread.close()));
  }

  #begin(): void {
    const [asked] = this.#asked;
    if (asked === undefined || this.#isClosed) return;
    let thread = [...this.#threads].find((one) => one.isIdle);
    if (thread === undefined) {
      if (this.#threads.size === this.#most) return;
      this.#threads.add((thread = this.#start()));
    }
    this.#asked.shift();
    thread.begin(asked);
  }

  #start(): ScanThread {
    const thread = new ScanThread(new Worker(this.#entry, { workerData: this.#data }), {
      idle: () => this.#begin(),
      ended: () => {
        this.#threads.delete(thread);
        this.#begin();
      },
    });
    return thread;
  }
}

/** Looks through one segment after the other. */
class ScanThread {
  readonly #worker: Worker;
  readonly #ended: () => void;
  #asked: Asked | null = null;
  /** What was said is heard in order, and before the end of its segment. */
  #heard: Promise<void> = Promise.resolve();
  #isEnded = false;

  /** `idle` is called when it is through with a segment, `ended` once when it looks through none any more. */
  constructor(worker: Worker, { idle, ended }: { readonly idle: () => void; readonly ended: () => void }) {
    this.#ended = ended;
    this.#worker = worker;
    this.#worker.on("message", (message: FromScan) => {
      const asked = this.#asked;
      if (asked === null) return;
      if (message.kind === "progress") return asked.listener.progress(message.lines);
      if (message.kind === "said") return this.#hear(asked, message.lines);
      this.#asked = null;
      void this.#heard.then(() => asked.done(message.scan));
      idle();
    });
    this.#worker.on("error", (failure: Error) => this.#end(failure));
    this.#worker.on("exit", (code) => this.#end(new Error(`the thread ended with ${code}`)));
  }

  get isIdle(): boolean {
    return this.#asked === null && !this.#isEnded;
  }

  begin(asked: Asked): void {
    this.#asked = asked;
    this.#tell({ kind: "scan", job: asked.job });
  }

  close(): Promise<number> {
    return this.#worker.terminate();
  }

  #tell(message: ToScan): void {
    this.#worker.postMessage(message);
  }

  #hear({ listener, failed }: Asked, lines: SaidByLines): void {
    this.#heard = this.#heard
      .then(() => listener.said(lines))
      .then(() => this.#tell({ kind: "heard" }))
      .catch(failed);
  }

  #end(failure: Error): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const asked = this.#asked;
    this.#asked = null;
    void this.#heard.then(() => asked?.failed(failure));
    this.#ended();
  }
}
