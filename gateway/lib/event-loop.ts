import { Worker } from "node:worker_threads";
import { Chain, type Chained } from "./chain.ts";

/**
 * Runs callbacks of one turn of the event loop together at its end. Calls that become ready in the same turn take the same
 * step one after another, which suits the processor's caches and lets their records share one write. Callbacks added at the
 * end of a turn run in the next. `waits` is asked at the end of each turn that has some: whether they all wait for the next one.
 */
export class Turn {
  readonly #waits: () => boolean;
  #ready: (() => void)[] = [];

  constructor(waits: () => boolean = () => false) {
    this.#waits = waits;
  }

  /** Calls `then` at the end of this turn; the order is kept. It must not throw. */
  atEnd(then: () => void): void {
    if (this.#ready.length === 0) setImmediate(this.#goOn);
    this.#ready.push(then);
  }

  readonly #goOn = (): void => {
    if (this.#waits()) return void setImmediate(this.#goOn);
    const ready = this.#ready;
    this.#ready = [];
    for (const then of ready) then();
  };
}

/** One deadline; see `Deadlines`. */
export interface Deadline extends Chained {
  /** Milliseconds on the monotonic clock. */
  readonly at: number;
  readonly missed: () => void;
}

/**
 * Deadlines of one fixed length. They expire in the order in which they begin, so one timer serves all of them; each
 * call with a body needs one, and a timer for each would cost more than the rest of the reading.
 */
export class Deadlines {
  readonly #ms: number;
  readonly #open = new Chain<Deadline>();
  #timer: NodeJS.Timeout | null = null;

  constructor(ms: number) {
    this.#ms = ms;
  }

  begin(missed: () => void): Deadline {
    const deadline: Deadline = { at: performance.now() + this.#ms, missed };
    this.#open.add(deadline);
    if (this.#timer === null) this.#wait(this.#ms);
    return deadline;
  }

  end(deadline: Deadline): void {
    this.#open.delete(deadline);
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), Math.max(1, Math.ceil(ms)));
    // The socket that is being read keeps the process alive; the timer need not.
    this.#timer.unref();
  }

  #look(): void {
    this.#timer = null;
    const now = performance.now();
    for (const deadline of this.#open) {
      if (deadline.at > now) return this.#wait(deadline.at - now);
      this.#open.delete(deadline);
      deadline.missed();
    }
  }
}

/** Resolves when `work` has ended, after `ms`, or when `signal` aborts. @throws what `work` rejects with */
export async function within(work: Promise<unknown>, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return;
  let stop = (): void => undefined;
  const limit = new Promise<void>((resolve) => (stop = resolve));
  const timer = setTimeout(stop, ms);
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

interface Question<Key, Value> {
  readonly key: Key;
  readonly resolve: (value: Value) => void;
  readonly reject: (failure: unknown) => void;
}

/**
 * Collects the keys that are asked for in one turn of the event loop and loads them together at its end. `load` answers in the
 * order of the keys. When it fails, each question of that turn rejects with its failure; where one of the keys may be to blame
 * (`isOfKeys`), each is loaded by itself first.
 */
export function batched<Key, Value>(
  load: (keys: readonly Key[]) => Promise<readonly Value[]>,
  isOfKeys: (failure: unknown) => boolean = () => false,
): (key: Key) => Promise<Value> {
  let asked: Question<Key, Value>[] = [];
  async function loadAlone({ key, resolve, reject }: Question<Key, Value>): Promise<void> {
    await load([key]).then(([value]) => resolve(value as Value), reject);
  }
  async function loadAsked(): Promise<void> {
    const batch = asked;
    asked = [];
    try {
      const values = await load(batch.map(({ key }) => key));
      if (values.length !== batch.length) throw new Error(`${values.length} answers to ${batch.length} questions`);
      batch.forEach(({ resolve }, at) => resolve(values[at] as Value));
    } catch (failure) {
      if (batch.length > 1 && isOfKeys(failure)) return void (await Promise.all(batch.map(loadAlone)));
      for (const { reject } of batch) reject(failure);
    }
  }
  return function ask(key) {
    return new Promise((resolve, reject) => {
      // It never rejects: each question does.
      if (asked.length === 0) setImmediate(() => void loadAsked());
      asked.push({ key, resolve, reject });
    });
  };
}

/**
 * Starts a worker thread and resolves to its first message. `data` becomes its `workerData`; `task` completes the sentence
 * "the thread that …" for errors.
 * @throws Error as the thread, and when it ends without a message
 */
export function workerAnswer<Answer>(entry: URL, data: unknown, task: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(entry, { workerData: data });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error(`the thread that ${task} ended without an answer`)));
  });
}
