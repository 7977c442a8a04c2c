import type { Finding, FindingSource, Logger } from "./ports.ts";
import { sqliteResult } from "../lib/sqlite-result.ts";
import { LONGEST_TIMER_MS } from "../lib/longest-timer.ts";

/** Periodic or deferred work that no caller waits for. */
export interface Job {
  /** Short stable name, also of the finding while it fails. */
  readonly name: string;
  /** What does not happen while it fails, as a sentence without its end. */
  readonly failing: string;
  readonly severity: Finding["severity"];
  readonly work: () => Promise<void> | void;
}

const afterFailureMs = 1_000;

/**
 * Runs work on timers. What it throws never ends the process: it is logged once, and is a finding until the same job succeeds.
 */
export class Background implements FindingSource {
  readonly #logger: Logger;
  readonly #within: (work: () => Promise<void>) => Promise<void>;
  readonly #failed = new Map<string, Finding>();

  /** `within` is called with each piece of work, and runs it. */
  constructor(logger: Logger, within: (work: () => Promise<void>) => Promise<void> = (work) => work()) {
    this.#logger = logger;
    this.#within = within;
  }

  /**
   * Runs the job every `ms` milliseconds, but never while it still runs; it does not keep the process alive. One that has failed runs
   * again after a second, and then after twice as long each time: the finding ends soon after what was in its way, and whoever fails
   * is not asked more than a few times more often.
   * @returns what stops it, and resolves when a run that has begun is over
   */
  every(ms: number, job: Job, retryMs = afterFailureMs): () => Promise<void> {
    let running: Promise<unknown> | null = null;
    let again: NodeJS.Timeout | undefined;
    let isStopped = false;
    let waitMs = retryMs;
    const run = (): void => {
      running ??= this.run(job).then((succeeded) => {
        running = null;
        clearTimeout(again);
        if (succeeded) waitMs = retryMs;
        else if (!isStopped && waitMs < ms) {
          again = setTimeout(run, waitMs).unref();
          waitMs *= 2;
        }
      });
    };
    const stopTimer = repeat(ms, run);
    return async function stop() {
      isStopped = true;
      stopTimer();
      clearTimeout(again);
      await running;
    };
  }

  /**
   * Runs the job once, when this turn of the event loop is over.
   * @returns what stops it, and resolves when a run that has begun is over
   */
  soon(job: Job): () => Promise<void> {
    let running: Promise<unknown> | null = null;
    const due = setImmediate(() => {
      running = this.run(job);
    });
    return async function stop() {
      clearImmediate(due);
      await running;
    };
  }

  /** Runs the job now. Never rejects. @returns whether it succeeded */
  async run({ name, failing, severity, work }: Job): Promise<boolean> {
    try {
      await this.#within(async () => work());
      if (this.#failed.delete(name)) this.#logger.info("goes on", { job: name });
      return true;
    } catch (failure) {
      const problem = `${failing}: ${failure instanceof Error ? failure.message : String(failure)}`;
      if (this.#failed.get(name)?.problem !== problem) this.#logger.error(problem, { job: name });
      this.#failed.set(name, { name, problem, fix: fixOf(failure), severity });
      return false;
    }
  }

  findings(): Finding[] {
    return [...this.#failed.values()];
  }
}

/** Calls every `ms` milliseconds, of any length; it does not keep the process alive. @returns how to stop it */
function repeat(ms: number, call: () => void): () => void {
  const parts = Math.max(1, Math.ceil(ms / LONGEST_TIMER_MS));
  let passed = 0;
  const timer = setInterval(() => {
    passed = (passed + 1) % parts;
    if (passed === 0) call();
  }, ms / parts).unref();
  return () => clearInterval(timer);
}

/** The failure's own `fix`, or one by SQLite's result code (https://www.sqlite.org/rescode.html). */
const fixes: Readonly<Record<number, string>> = {
  5: "another program holds a lock on the store; end it or let it finish, and work goes on by itself",
  8: "make the store's file and folder writable; work goes on by itself",
  10: "look at the disk of the store; work goes on by itself once it can be written",
  11: "the store is damaged: stop the gateway and restore a backup",
  13: "the disk is full: make room, and work goes on by itself",
};

function fixOf(failure: unknown): string | null {
  const { fix } = failure as { readonly fix?: string };
  return fix ?? fixes[sqliteResult(failure) ?? 0] ?? null;
}
