import { within } from "../lib/deadlines.ts";

interface Run {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** Calls of tasks that this process executes now. Nobody waits for them on a connection, so somebody has to know of them. */
export class Running {
  readonly #runs = new Map<string, Run>();

  /** `work` must not reject; its signal aborts when the task is cancelled. */
  start(id: string, work: (cancelled: AbortSignal) => Promise<void>): Promise<void> {
    const controller = new AbortController();
    const done = work(controller.signal).finally(() => this.#runs.delete(id));
    this.#runs.set(id, { controller, done });
    return done;
  }

  has(id: string): boolean {
    return this.#runs.has(id);
  }

  cancel(id: string): void {
    this.#runs.get(id)?.controller.abort();
  }

  /** Resolves when the run has ended, when there is none, after `ms`, or when `signal` aborts. */
  async ended(id: string, ms: number, signal: AbortSignal): Promise<void> {
    const run = this.#runs.get(id);
    if (run !== undefined) await within(run.done, ms, signal);
  }

  /** Resolves when nothing runs any more, or after `ms`. */
  async idle(ms: number): Promise<void> {
    const all = [...this.#runs.values()].map(({ done }) => done);
    if (all.length > 0) await within(Promise.all(all), ms, new AbortController().signal);
  }
}
