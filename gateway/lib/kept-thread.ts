import { Worker } from "node:worker_threads";

interface KeptThreadOptions<From> {
  readonly file: URL;
  readonly data: unknown;
  readonly heard: (message: From) => void;
  /** It has ended by itself, and is started again. */
  readonly lost: (why: string) => void;
  /** From its end to the next start. */
  readonly restartMs: number;
}

/** Beyond what the thread was given to end. */
const SLACK_MS = 1_000;

/** A thread that is started again when it ends. It does not keep the process alive. */
export class KeptThread<To, From> {
  readonly #options: KeptThreadOptions<From>;
  #worker: Worker | null = null;
  #restart: NodeJS.Timeout | null = null;
  #isStopping = false;

  constructor(options: KeptThreadOptions<From>) {
    this.#options = options;
  }

  /** A thread that cannot be started is one that has ended. */
  start(): void {
    const { file, data: workerData, heard } = this.#options;
    let worker: Worker;
    try {
      worker = new Worker(file, { workerData });
    } catch (failure) {
      return this.#lost(`its thread does not start: ${String(failure)}`);
    }
    worker.unref();
    this.#worker = worker;
    let why = "its thread has ended";
    worker.on("message", heard);
    worker.once("error", (failure: Error) => (why = `its thread failed: ${failure.message}`));
    worker.once("exit", () => this.#lost(why));
  }

  /** @returns whether there is a thread that may hear it */
  post(message: To): boolean {
    this.#worker?.postMessage(message);
    return this.#worker !== null;
  }

  /** `message` asks the thread to end, for which it has so long. */
  async stop(message: To, graceMs: number): Promise<void> {
    this.#isStopping = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === null) return;
    worker.ref();
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.postMessage(message);
    const late = setTimeout(() => void worker.terminate(), graceMs + SLACK_MS);
    await ended;
    clearTimeout(late);
  }

  #lost(why: string): void {
    this.#worker = null;
    if (this.#isStopping) return;
    this.#options.lost(why);
    this.#restart = setTimeout(() => this.start(), this.#options.restartMs).unref();
  }
}
