import type { ErrorCode } from "../domain/errors.ts";
import { within } from "../lib/event-loop.ts";

/** A call of a task that this process executes. */
interface Run {
  readonly controller: AbortController;
  readonly done: Promise<void>;
  /** What the tool server asks the caller, as the messages that the caller gets. */
  readonly questions: string[];
  /** Resolves when the tool server asks something. */
  asked: PromiseWithResolvers<void>;
  /** Why the gateway has ended it; null as long as it has not. */
  cause: ErrorCode | null;
}

/** Calls of tasks that this process executes now. Nobody waits for them on a connection, so somebody has to know of them. */
export class Running {
  readonly #runs = new Map<string, Run>();
  readonly #expected = new Set<string>();

  /** While `work` writes that the task runs and starts it: without this it would look deserted to whoever reads it in between. */
  async expecting<T>(id: string, work: () => Promise<T>): Promise<T> {
    this.#expected.add(id);
    try {
      return await work();
    } finally {
      this.#expected.delete(id);
    }
  }

  /** `work` must not reject; its signal aborts when the task is cancelled. */
  start(id: string, work: (cancelled: AbortSignal) => Promise<void>): Promise<void> {
    const controller = new AbortController();
    const done = work(controller.signal).finally(() => this.#runs.delete(id));
    this.#runs.set(id, { controller, done, questions: [], asked: Promise.withResolvers(), cause: null });
    return done;
  }

  has(id: string): boolean {
    return this.#runs.has(id) || this.#expected.has(id);
  }

  cancel(id: string): void {
    this.#runs.get(id)?.controller.abort();
  }

  /**
   * The tool server asks the caller something, in the middle of the call. Where nobody takes the message within `ms`, or it cannot be
   * read (a rejection), the call ends: its tool server would wait for ever. Null: its tool server was told that it is refused.
   */
  async ask(id: string, message: Promise<string | null>, ms: number): Promise<void> {
    const run = this.#runs.get(id);
    const text = await message.catch(() => undefined);
    if (text === null) return;
    if (run === undefined || text === undefined) return this.#end(id, "task_question_lost");
    run.questions.push(text);
    run.asked.resolve();
    setTimeout(() => {
      if (run.questions.includes(text)) this.#end(id, "task_question_lost");
    }, ms).unref();
  }

  /** Whether the tool server asks something that the caller has not taken. */
  isAsking(id: string): boolean {
    return (this.#runs.get(id)?.questions.length ?? 0) > 0;
  }

  /** The questions for the caller, once. */
  take(id: string): readonly string[] {
    const run = this.#runs.get(id);
    if (run === undefined || run.questions.length === 0) return [];
    run.asked = Promise.withResolvers();
    return run.questions.splice(0);
  }

  /** Why the gateway ended the run that is about to end; null when it did not. */
  causeOf(id: string): ErrorCode | null {
    return this.#runs.get(id)?.cause ?? null;
  }

  /** Resolves when the run has ended, when there is none, after `ms`, or when `signal` aborts. */
  async ended(id: string, ms: number, signal: AbortSignal): Promise<void> {
    const run = this.#runs.get(id);
    if (run !== undefined) await within(run.done, ms, signal);
  }

  /** The same, and when the tool server asks something. */
  async news(id: string, ms: number, signal: AbortSignal): Promise<void> {
    const run = this.#runs.get(id);
    if (run !== undefined) await within(Promise.race([run.done, run.asked.promise]), ms, signal);
  }

  /** Resolves when nothing runs any more, or after `ms`. */
  async idle(ms: number): Promise<void> {
    const all = [...this.#runs.values()].map(({ done }) => done);
    if (all.length > 0) await within(Promise.all(all), ms, new AbortController().signal);
  }

  #end(id: string, cause: ErrorCode): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    run.cause ??= cause;
    run.controller.abort();
  }
}
