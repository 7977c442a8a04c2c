import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Finding } from "../../../impact/judge-record.ts";
import { type DecisionBatch, type RecordBatch, SharedLines } from "../../../record/decision-batches.ts";
import type { PortablePolicy } from "../portable-policy.ts";

/** What a thread is started with. */
export interface JudgingPolicies {
  /** Null where the new answers are compared with what was recorded. */
  readonly before: PortablePolicy | null;
  readonly after: PortablePolicy;
}

export interface ToJudging {
  readonly batch: RecordBatch;
  readonly isNew: boolean;
}

/** One for each batch, in their order. */
export type FromJudging = readonly Finding[];

interface ThreadsOptions {
  /** Threads beside the one that reads the log, and judges too. */
  readonly most?: number;
  /** Of the machine, where `most` is not given. */
  readonly cores?: number;
  /** For fewer batches, threads start later than the log is through. */
  readonly afterBatches?: number;
  readonly entry?: URL;
}

const AFTER_BATCHES = 20;
/** With two cores, one thread beside is not faster for a log of the usual length, and takes more CPU time (ADR 0096). */
const FROM_CORES = 3;
/** Every one has a policy of its own in memory, and findings are counted on one thread. */
const MOST_THREADS = 8;
/** A thread that has so many batches to judge does not wait for the next one. */
const MOST_ASKED = 4;
/** Every thread has a policy of its own in memory: with more data than this, there are none. */
const MOST_DATA_BYTES = 16 * 1024 * 1024;

/** Threads that judge batches of recorded decisions. A batch that a thread fails at is given back. */
export class JudgingThreads {
  readonly most: number;
  readonly #policies: JudgingPolicies;
  readonly #entry: URL;
  #threads: readonly JudgingThread[] | null = null;
  #batchesLeft: number;

  constructor(
    policies: JudgingPolicies,
    {
      cores = availableParallelism(),
      most = threadsFor(policies, cores),
      afterBatches = AFTER_BATCHES,
      entry = new URL("./judging-thread.ts", import.meta.url),
    }: ThreadsOptions = {},
  ) {
    this.most = most;
    this.#policies = policies;
    this.#batchesLeft = afterBatches;
    this.#entry = entry;
  }

  /** Null when no thread has time for it. Rejects when its thread fails. */
  judge(batch: DecisionBatch): Promise<FromJudging> | null {
    if (this.#batchesLeft-- > 0) return null;
    this.#threads ??= Array.from({ length: this.most }, () => new JudgingThread(this.#entry, this.#policies));
    const [first] = this.#threads.toSorted((one, other) => one.asked - other.asked);
    return first === undefined || first.asked >= MOST_ASKED ? null : first.judge(batch);
  }

  async close(): Promise<void> {
    await Promise.all((this.#threads ?? []).map((thread) => thread.close()));
  }
}

function threadsFor({ before, after }: JudgingPolicies, cores: number): number {
  const bytes = after.data.length + (before?.data.length ?? 0);
  return bytes > MOST_DATA_BYTES || cores < FROM_CORES ? 0 : Math.min(cores - 1, MOST_THREADS);
}

interface Asked {
  readonly done: (findings: FromJudging) => void;
  readonly failed: (failure: Error) => void;
}

class JudgingThread {
  readonly #worker: Worker;
  readonly #shared = new SharedLines();
  #asked: Asked[] = [];
  #isEnded = false;

  constructor(entry: URL, workerData: JudgingPolicies) {
    this.#worker = new Worker(entry, { workerData });
    this.#worker.on("message", (findings: FromJudging) => this.#asked.shift()?.done(findings));
    this.#worker.on("error", (failure: Error) => this.#end(failure));
    this.#worker.on("exit", (code) => this.#end(new Error(`the thread ended with ${code}`)));
  }

  /** Batches that it has not judged yet; one that has ended gets no more. */
  get asked(): number {
    return this.#isEnded ? Infinity : this.#asked.length;
  }

  judge(batch: DecisionBatch): Promise<FromJudging> {
    const { isNew, lines: shared } = this.#shared.of(batch);
    const { segment, lines } = batch;
    const message: ToJudging = { batch: { segment, shared, lines }, isNew };
    this.#worker.postMessage(message);
    return new Promise((done, failed) => this.#asked.push({ done, failed }));
  }

  close(): Promise<number> {
    return this.#worker.terminate();
  }

  #end(failure: Error): void {
    this.#isEnded = true;
    for (const { failed } of this.#asked.splice(0)) failed(failure);
  }
}
