import { sqliteResult } from "../lib/sqlite-result.ts";
import type { Finding, FindingSource, Logger } from "./ports.ts";

/** Work that nobody waits for. */
export interface Job {
  /** Short stable name, also of the finding while it fails. */
  readonly name: string;
  /** What does not happen while it fails, as a sentence without its end. */
  readonly failing: string;
  readonly severity: Finding["severity"];
  readonly work: () => void;
}

/**
 * Runs work on timers. What it throws never ends the process: it is logged once, and is a finding until the same job succeeds.
 */
export class Background implements FindingSource {
  readonly #logger: Logger;
  readonly #within: (work: () => void) => void;
  readonly #failed = new Map<string, Finding>();

  /** `within` is called with each piece of work, and runs it. */
  constructor(logger: Logger, within: (work: () => void) => void = (work) => work()) {
    this.#logger = logger;
    this.#within = within;
  }

  /** Runs the job every `ms` milliseconds; it does not keep the process alive. @returns how to stop it */
  every(ms: number, job: Job): () => void {
    const timer = setInterval(() => this.run(job), ms).unref();
    return () => clearInterval(timer);
  }

  /** Runs the job now. @returns whether it succeeded */
  run({ name, failing, severity, work }: Job): boolean {
    try {
      this.#within(work);
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
