import type { Finding, FindingSource, Job, Jobs, Logger } from "../domain/ports.ts";
import { sqliteResult } from "../lib/sqlite-result.ts";
import { LONGEST_TIMER_MS } from "../lib/longest-timer.ts";

const afterFailureMs = 1_000;
const hurriedEveryMs = 20;
/** Between two that are tried again because another has succeeded. */
const spreadMs = 20;
/** So long a job that has failed is left alone, whatever else succeeds. */
const leftAloneMs = 200;

/**
 * Runs work on timers. What it throws never ends the process: it is logged once, and is a finding until the same job succeeds. When a
 * failed job succeeds, the cause may be gone for the others too: they are tried again, one after the other.
 */
export class Background implements Jobs, FindingSource {
  readonly #logger: Logger;
  readonly #within: (work: () => Promise<void>) => Promise<void>;
  readonly #failed = new Map<string, Finding>();
  /** When those that have failed are tried again, if they are not due sooner. */
  readonly #waiting = new Set<Soonest>();
  /** What stops each job that was begun and not stopped. */
  readonly #stops = new Set<() => Promise<void>>();
  /** How often one has succeeded after a failure. */
  #wentOn = 0;

  /** `within` is called with each piece of work, and runs it. */
  constructor(logger: Logger, within: (work: () => Promise<void>) => Promise<void> = (work) => work()) {
    this.#logger = logger;
    this.#within = within;
  }

  /**
   * It does not keep the process alive. A job that has failed runs again after a second, and then after twice as long each time, or when
   * another job goes on, or soon when it was due again while it ran: the finding ends soon after its cause, at no more than five attempts
   * a second.
   */
  every(ms: number, job: Job, retryMs = afterFailureMs): () => Promise<void> {
    let running: Promise<unknown> | null = null;
    let isStopped = false;
    let isOverdue = false;
    let waitMs = retryMs;
    const again = new Soonest(() => run());
    // One that has failed has its own time to be tried again.
    const mayRun = (): boolean => running === null && !isStopped && !this.#waiting.has(again);
    const hurry = new Hurry(job.hurriedEveryMs ?? hurriedEveryMs, mayRun, () => run());
    const run = (): void => {
      const wentOn = this.#wentOn;
      isOverdue = running !== null;
      if (running === null) hurry.begins();
      running ??= this.run(job).then((succeeded) => {
        running = null;
        again.clear();
        this.#waiting.delete(again);
        if (succeeded) waitMs = retryMs;
        if (succeeded) hurry.goOn();
        if (succeeded || isStopped) return;
        this.#waiting.add(again);
        // It may have begun to wait before what was in its way was gone.
        if (wentOn !== this.#wentOn || isOverdue) again.in(leftAloneMs);
        else if (waitMs < ms) again.in(waitMs);
        waitMs *= 2;
      });
    };
    const stopTimer = repeat(ms, run);
    job.hurriedBy?.(() => hurry.ask());
    return this.#stoppable(async () => {
      isStopped = true;
      stopTimer();
      again.clear();
      this.#waiting.delete(again);
      await running;
    });
  }

  soon(job: Job): () => Promise<void> {
    let running: Promise<unknown> | null = null;
    const due = setImmediate(() => {
      running = this.run(job);
    });
    return this.#stoppable(async () => {
      clearImmediate(due);
      await running;
    });
  }

  /** Stops all jobs, also those whose owner was never made whole. Resolves when the runs that have begun are over. */
  async stop(): Promise<void> {
    await Promise.all([...this.#stops].map((stop) => stop()));
  }

  #stoppable(end: () => Promise<void>): () => Promise<void> {
    const stop = (): Promise<void> => {
      this.#stops.delete(stop);
      return end();
    };
    this.#stops.add(stop);
    return stop;
  }

  async run({ name, failing, severity, work }: Job): Promise<boolean> {
    try {
      await this.#within(async () => work());
      if (!this.#failed.delete(name)) return true;
      this.#logger.info("goes on", { job: name });
      this.#wentOn += 1;
      [...this.#waiting].forEach((one, at) => one.in(leftAloneMs + at * spreadMs));
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

/** Runs what is asked for as soon as it may run, but leaves a time between two that it has begun. */
class Hurry {
  readonly #spacingMs: number;
  readonly #mayRun: () => boolean;
  readonly #run: () => void;
  #isAsked = false;
  #isTooSoon = false;

  constructor(spacingMs: number, mayRun: () => boolean, run: () => void) {
    this.#spacingMs = spacingMs;
    this.#mayRun = mayRun;
    this.#run = run;
  }

  ask(): void {
    this.#isAsked = true;
    this.goOn();
  }

  /** A run begins, whatever for: it is later than what was asked for before. */
  begins(): void {
    this.#isAsked = false;
  }

  goOn(): void {
    if (!this.#isAsked || this.#isTooSoon || !this.#mayRun()) return;
    this.#isTooSoon = true;
    setTimeout(() => {
      this.#isTooSoon = false;
      this.goOn();
    }, this.#spacingMs).unref();
    this.#run();
  }
}

/** A timer that may be set again, and then keeps the earlier of the two times. It does not keep the process alive. */
class Soonest {
  readonly #call: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = Infinity;

  constructor(call: () => void) {
    this.#call = call;
  }

  in(ms: number): void {
    const at = performance.now() + ms;
    if (at >= this.#at) return;
    this.clear();
    this.#at = at;
    this.#timer = setTimeout(() => {
      this.clear();
      this.#call();
    }, ms).unref();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#at = Infinity;
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

export function fixOf(failure: unknown): string | null {
  const { fix } = failure as { readonly fix?: string };
  return fix ?? fixes[sqliteResult(failure) ?? 0] ?? null;
}
