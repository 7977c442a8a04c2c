import type { KeyObject } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Finding, Logger } from "../../domain/ports.ts";
import { emptyBlock } from "./blocks.ts";
import type { TreeEnd } from "./open-tree.ts";
import type { FromTree, ToTree, TreeThreadData } from "./tree-messages.ts";

interface FollowerOptions {
  /** Folder of the log. */
  readonly dir: string;
  /** Origin of a log that is begun now; no other log has it. */
  readonly freshOrigin: string;
  readonly key: KeyObject;
  readonly logger: Logger;
}

/** Bytes of lines that may wait for the thread; above it records wait for the thread. */
const BACKLOG_BYTES = 64 * 1024 * 1024;
const BACKLOG_LOOK_MS = 5;

/** Lines are handed over when there are so many bytes of them, or so long after the first. */
const BLOCK_BYTES = 256 * 1024;
const HAND_OVER_MS = 50;

/**
 * The tree over the lines of the log, on a thread of its own: no call waits for it. It follows what is on disk, and what a
 * crash keeps from it is taken from the files at the next start.
 */
export class TreeFollower {
  readonly #options: FollowerOptions;
  readonly #taken = new SharedArrayBuffer(8);
  readonly #takenBytes = new BigInt64Array(this.#taken);
  #worker: Worker | null = null;
  #posted = 0n;
  /** Lines that wait to be handed over, behind one byte that is free; see `Block`. */
  #block = Buffer.alloc(0);
  #length = 1;
  #handing: NodeJS.Timeout | null = null;
  #problem: string | null = null;
  #ids = 0;
  readonly #covering = new Map<number, (problem: string | null) => void>();

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Starts the thread, which takes in what the files have. @throws Error when it cannot */
  open(): Promise<TreeEnd> {
    const { dir, freshOrigin, key } = this.#options;
    const workerData: TreeThreadData = {
      ...{ dir, freshOrigin, taken: this.#taken },
      key: key.export({ type: "pkcs8", format: "pem" }) as string,
    };
    const worker = new Worker(new URL("./tree-thread.ts", import.meta.url), { workerData });
    this.#posted = 0n;
    this.#takenBytes[0] = 0n;
    return new Promise((opened, failed) => {
      worker.on("message", (message: FromTree) => {
        if (message.kind === "open") {
          this.#worker = worker;
          worker.unref();
          opened(message.end);
        } else if (message.kind === "unopened") failed(new Error(message.problem));
        else this.#heard(message);
      });
      worker.once("error", (failure: Error) => {
        failed(failure);
        this.#ended(`its thread failed: ${failure.message}`);
      });
      worker.once("exit", () => {
        failed(new Error("its thread has ended"));
        if (this.#worker === worker) this.#ended("its thread has ended");
      });
    });
  }

  /** Whole lines that are on disk. They are handed over many at once: to wake a thread costs more than to hash a line. */
  append(lines: Buffer): void {
    if (this.#worker === null) return;
    if (this.#length + lines.length > this.#block.length) this.#handOver();
    if (this.#block.length < lines.length + 1) this.#block = emptyBlock(Math.max(BLOCK_BYTES, lines.length + 1));
    this.#length += lines.copy(this.#block, this.#length);
    this.#handing ??= setTimeout(() => this.#handOver(), HAND_OVER_MS).unref();
  }

  #handOver(): void {
    if (this.#handing !== null) clearTimeout(this.#handing);
    this.#handing = null;
    if (this.#length === 1) return;
    const block = this.#block.subarray(0, this.#length);
    this.#posted += BigInt(block.length);
    this.#post({ kind: "lines", block }, [block.buffer]);
    this.#block = Buffer.alloc(0);
    this.#length = 1;
  }

  /** Resolves when the thread is not too far behind, which it hardly ever is. */
  async room(): Promise<void> {
    while (this.#worker !== null && this.#posted - Atomics.load(this.#takenBytes, 0) > BACKLOG_BYTES)
      await pause(BACKLOG_LOOK_MS);
  }

  /** Resolves when a signed checkpoint on disk covers every line so far. @throws Error when none can be written */
  async cover(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) throw new Error(this.#problem ?? "it is not open");
    // Somebody waits: it keeps the process alive meanwhile.
    worker.ref();
    const problem = await new Promise<string | null>((resolve) => {
      this.#handOver();
      const id = ++this.#ids;
      this.#covering.set(id, resolve);
      this.#post({ kind: "cover", id });
    });
    worker.unref();
    if (problem !== null) throw new Error(problem);
  }

  /** What was appended is covered when this resolves, if it can be. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    await this.cover().catch((failure: unknown) =>
      this.#options.logger.error("the newest records are under no checkpoint", { error: String(failure) }),
    );
    this.#worker = null;
    await worker.terminate();
  }

  findings(): Finding[] {
    if (this.#problem === null) return [];
    return [
      {
        name: "decision-log-tree",
        problem: `what proves the decision log cannot be written: ${this.#problem}`,
        fix: "make the folder tlog beside the log writable; it is written by itself then, or at the next start",
        severity: "degraded",
      },
    ];
  }

  #heard(message: Extract<FromTree, { kind: "covered" | "state" }>): void {
    if (message.kind === "covered") {
      this.#covering.get(message.id)?.(message.problem);
      this.#covering.delete(message.id);
      return;
    }
    if (message.problem !== null)
      this.#options.logger.error("what proves the decision log cannot be written", { error: message.problem });
    this.#problem = message.problem;
  }

  #ended(problem: string): void {
    this.#worker = null;
    this.#problem = problem;
    for (const resolve of this.#covering.values()) resolve(problem);
    this.#covering.clear();
  }

  #post(message: ToTree, transferred: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transferred);
  }
}
