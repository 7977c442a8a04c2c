import { getHeapStatistics } from "node:v8";
import { parentPort, type Transferable, Worker } from "node:worker_threads";

interface ResidentThreadOptions {
  /** Calls `answerQuestions`. */
  readonly file: URL;
  /** Completes the sentence "the thread that …" for errors. */
  readonly task: string;
  /** Time without a question after which it ends. */
  readonly idleMs?: number;
  /** A thread whose heap has become larger ends as soon as nothing is asked of it. */
  readonly maxHeapBytes?: number;
}

const IDLE_MS = 30_000;
const MAX_HEAP_BYTES = 128 * 1024 * 1024;

interface Question {
  readonly id: number;
  readonly kind: string;
  readonly data: unknown;
}

interface Reply {
  readonly id: number;
  /** Absent when it failed. */
  readonly answer?: unknown;
  readonly failure?: unknown;
  readonly heapBytes: number;
}

interface Pending {
  readonly resolve: (answer: never) => void;
  readonly reject: (failure: unknown) => void;
}

/**
 * A worker thread that stays for further questions, so that its code is loaded and compiled once. It starts with the first question and
 * ends when it is idle for long, has grown large, or fails; the next question starts another. It keeps the process alive only while
 * something is asked of it.
 */
export class ResidentThread {
  readonly #options: ResidentThreadOptions;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #asked = 0;
  #heapBytes = 0;

  constructor(options: ResidentThreadOptions) {
    this.#options = options;
  }

  /** Starts the thread for a question that is about to be asked. */
  start(): void {
    this.#running();
    this.#waitWhenIdle();
  }

  /** @throws what answering it throws; Error when the thread ends before */
  ask<Answer>(kind: string, data: unknown, transfer: readonly Transferable[] = []): Promise<Answer> {
    const worker = this.#running();
    const question: Question = { id: (this.#asked += 1), kind, data };
    return new Promise((resolve, reject) => {
      worker.postMessage(question, transfer);
      this.#pending.set(question.id, { resolve, reject });
      worker.ref();
    });
  }

  /** Ends the thread, unless something is asked of it. */
  release(): void {
    if (this.#pending.size === 0) this.#end();
  }

  #running(): Worker {
    if (this.#idle !== null) clearTimeout(this.#idle);
    return (this.#worker ??= this.#started());
  }

  #started(): Worker {
    const { file, task } = this.#options;
    const worker = new Worker(file);
    let why: unknown = new Error(`the thread that ${task} ended without an answer`);
    worker.on("message", (reply: Reply) => this.#heard(reply));
    worker.once("error", (failure) => (why = failure));
    worker.once("exit", () => this.#ended(worker, why));
    worker.unref();
    return worker;
  }

  #heard({ id, heapBytes, ...reply }: Reply): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    this.#heapBytes = heapBytes;
    if ("failure" in reply) pending?.reject(reply.failure);
    else pending?.resolve(reply.answer as never);
    this.#waitWhenIdle();
  }

  #waitWhenIdle(): void {
    if (this.#pending.size > 0) return;
    const { idleMs = IDLE_MS, maxHeapBytes = MAX_HEAP_BYTES } = this.#options;
    this.#worker?.unref();
    if (this.#heapBytes > maxHeapBytes) this.#end();
    else this.#idle = setTimeout(() => this.#end(), idleMs).unref();
  }

  #end(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    this.#heapBytes = 0;
    void worker?.terminate();
  }

  #ended(worker: Worker, why: unknown): void {
    // Another one may have been started since it was ended, and what is asked is asked of that one.
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#heapBytes = 0;
    for (const { reject } of this.#pending.values()) reject(why);
    this.#pending.clear();
  }
}

/** What a thread says to one question, and which of it moves without a copy. */
export interface Answered {
  readonly answer: unknown;
  readonly transfer?: readonly Transferable[];
}

/** Of the thread: answers questions by their kind, those of one turn side by side. */
export function answerQuestions(kinds: Readonly<Record<string, (data: never) => Answered | Promise<Answered>>>): void {
  const port = parentPort;
  async function reply({ id, kind, data }: Question): Promise<void> {
    try {
      const answering = kinds[kind];
      if (answering === undefined) throw new Error(`no question is of the kind ${kind}`);
      const { answer, transfer = [] } = await answering(data as never);
      port?.postMessage({ id, answer, heapBytes: heapBytes() } satisfies Reply, transfer);
    } catch (failure) {
      port?.postMessage({ id, failure, heapBytes: heapBytes() } satisfies Reply);
    }
  }
  port?.on("message", (question: Question) => void reply(question));
}

function heapBytes(): number {
  return getHeapStatistics().used_heap_size;
}
