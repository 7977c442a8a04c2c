import { getHeapStatistics } from "node:v8";
import { parentPort, type Transferable, Worker } from "node:worker_threads";

interface ResidentThreadOptions {
  /** Module of the thread; it calls `answerQuestions`. */
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
const LIMIT_MS = 600_000;
/** For objects that have just been made, which most of the objects of such a thread stay: V8's own limit is above 50 MB. */
const YOUNG_HEAP_MB = 8;

/** A thread gave no answer: it could not be started, it ended, or it took too long. Asked again, the same question may be answered. */
export class ThreadFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "ThreadFailure";
  }
}

interface Question {
  readonly id: number;
  readonly kind: string;
  readonly data: unknown;
  readonly moved: readonly ArrayBuffer[];
}

interface Reply {
  readonly id: number;
  /** Absent when it failed. */
  readonly answer?: unknown;
  readonly failure?: SentFailure;
  readonly heapBytes: number;
}

/** What is kept of a failure: of an error that is sent as it is, `code` and `syscall` would be lost. */
interface SentFailure {
  readonly name: string;
  readonly message: string;
  readonly code: unknown;
  readonly syscall: unknown;
}

interface Pending {
  readonly resolve: (answer: never) => void;
  readonly reject: (failure: unknown) => void;
  readonly limit: NodeJS.Timeout;
}

/**
 * A worker thread that stays for further questions, so that its code is loaded and compiled once. It starts with the first question and
 * ends when it is idle for long, has grown large, fails, or does not answer in time; the next question starts another. It keeps the process alive only while
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

  /** Starts the thread for a question that is about to be asked. Never fails: when it cannot be started, the question says so. */
  start(): void {
    try {
      this.#running();
      this.#waitWhenIdle();
    } catch {
      // The system may have room for another thread when the question is asked.
    }
  }

  /**
   * `limitMs`: after this time the thread is ended, and everything that is asked of it is refused. `moved`: memory of the data that moves
   * without a copy, and is given back as soon as the thread has answered.
   * @throws what answering it throws; ThreadFailure when there is no answer
   */
  ask<Answer>(
    kind: string,
    data: unknown,
    { limitMs = LIMIT_MS, moved = [] }: { readonly limitMs?: number; readonly moved?: readonly ArrayBuffer[] } = {},
  ): Promise<Answer> {
    const question: Question = { id: (this.#asked += 1), kind, data, moved };
    return new Promise((resolve, reject) => {
      const worker = this.#running();
      try {
        worker.postMessage(question, moved);
      } catch (failure) {
        this.#waitWhenIdle();
        throw failure;
      }
      const late = (): void => this.#fail(`gave no answer in ${limitMs / 1_000} s`);
      this.#pending.set(question.id, { resolve, reject, limit: setTimeout(late, limitMs) });
      worker.ref();
    });
  }

  /** Ends the thread, unless something is asked of it. Resolves when it has ended. */
  async release(): Promise<void> {
    if (this.#pending.size === 0) await this.#end();
  }

  #running(): Worker {
    if (this.#idle !== null) clearTimeout(this.#idle);
    return (this.#worker ??= this.#started());
  }

  #started(): Worker {
    const worker = this.#created();
    let why = "ended without an answer";
    let cause: unknown;
    worker.on("message", (reply: Reply) => {
      // Another one may have been started since it was ended.
      if (this.#worker === worker) this.#heard(reply);
    });
    worker.on("messageerror", (failure) => {
      if (this.#worker === worker) this.#fail("gave an answer that cannot be read", failure);
    });
    worker.once("error", (failure) => {
      cause = failure;
      why += codeOf(failure);
    });
    worker.once("exit", () => {
      if (this.#worker === worker) this.#fail(why, cause);
    });
    worker.unref();
    return worker;
  }

  #created(): Worker {
    try {
      return new Worker(this.#options.file, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_HEAP_MB } });
    } catch (failure) {
      throw this.#failure(`could not be started${codeOf(failure)}`, failure);
    }
  }

  #heard({ id, heapBytes, failure, answer }: Reply): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(pending?.limit);
    this.#heapBytes = heapBytes;
    if (failure !== undefined) pending?.reject(rebuilt(failure));
    else pending?.resolve(answer as never);
    this.#waitWhenIdle();
  }

  #waitWhenIdle(): void {
    if (this.#pending.size > 0) return;
    const { idleMs = IDLE_MS, maxHeapBytes = MAX_HEAP_BYTES } = this.#options;
    this.#worker?.unref();
    if (this.#heapBytes > maxHeapBytes) void this.#end();
    else this.#idle = setTimeout(() => void this.#end(), idleMs).unref();
  }

  async #end(): Promise<void> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    this.#heapBytes = 0;
    await worker?.terminate();
  }

  /** Ends the thread, and refuses what is asked of it. */
  #fail(why: string, cause?: unknown): void {
    void this.#end();
    const refused = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, limit } of refused) {
      clearTimeout(limit);
      reject(this.#failure(why, cause));
    }
  }

  #failure(why: string, cause: unknown): ThreadFailure {
    return new ThreadFailure(`the thread that ${this.#options.task} ${why}`, cause);
  }
}

/** The code alone: a message of the system may have paths of this machine. */
function codeOf(failure: unknown): string {
  const { code } = (failure ?? {}) as NodeJS.ErrnoException;
  return typeof code === "string" ? `: ${code}` : "";
}

function rebuilt({ message, ...rest }: SentFailure): Error {
  return Object.assign(new Error(message), rest);
}

/** What a thread says to one question, and which of it moves without a copy. */
export interface Answered {
  readonly answer: unknown;
  readonly transfer?: readonly Transferable[];
}

/** `moved`: the memory of the data that moved here, which an answer may take back. */
type Answering = (data: never, moved: readonly ArrayBuffer[]) => Answered | Promise<Answered>;

/** Called in the thread: answers each question by its kind; several run at once. */
export function answerQuestions(kinds: Readonly<Record<string, Answering>>): void {
  const port = parentPort;
  async function reply({ id, kind, data, moved }: Question): Promise<void> {
    try {
      const answering = kinds[kind];
      if (answering === undefined) throw new Error(`no question is of the kind ${kind}`);
      const { answer, transfer = [] } = await answering(data as never, moved);
      port?.postMessage({ id, answer, heapBytes: heapBytes() } satisfies Reply, transfer);
    } catch (thrown) {
      port?.postMessage({ id, failure: sent(thrown), heapBytes: heapBytes() } satisfies Reply);
    } finally {
      // A thread that nothing is asked of collects no garbage.
      for (const buffer of moved) if (!buffer.detached) buffer.transfer(0);
    }
  }
  port?.on("message", (question: Question) => void reply(question));
  port?.on("messageerror", (failure) => {
    // Which question it is cannot be said: the thread ends, so that none waits.
    throw failure;
  });
}

function sent(thrown: unknown): SentFailure {
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { code, syscall } = (thrown ?? {}) as NodeJS.ErrnoException;
  return { name, message, code, syscall };
}

function heapBytes(): number {
  return getHeapStatistics().used_heap_size;
}
