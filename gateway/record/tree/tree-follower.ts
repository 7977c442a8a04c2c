import type { KeyObject } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Finding, Logger } from "../../domain/ports.ts";
import { emptyBlock } from "./blocks.ts";
import type { TreeEnd } from "./open-tree.ts";
import type { FromTree, ToTree, TreeThreadData } from "./tree-messages.ts";

/** Other values and another thread are for tests of faults. */
interface FollowerLimits {
  readonly thread: URL;
  /** Bytes of lines that may wait for the thread; above it records wait for the thread. */
  readonly backlogBytes: number;
  /** So long: then they are refused. */
  readonly roomMs: number;
  /** From the end of a thread, or from a start that failed, to the next start. */
  readonly restartMs: number;
  /** Leaves that may wait in memory while no checkpoint can be written: about 20 MiB. */
  readonly mostUncovered: number;
}

const usual: FollowerLimits = {
  thread: new URL("./tree-thread.ts", import.meta.url),
  backlogBytes: 64 * 1024 * 1024,
  roomMs: 5_000,
  restartMs: 10_000,
  mostUncovered: 100_000,
};

interface FollowerOptions {
  /** Folder of the log. */
  readonly dir: string;
  /** Origin of a log that is begun now; no other log has it. */
  readonly freshOrigin: string;
  readonly key: KeyObject;
  readonly logger: Logger;
  readonly limits?: Partial<FollowerLimits>;
}

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
  readonly #limits: FollowerLimits;
  readonly #taken = new SharedArrayBuffer(8);
  readonly #takenBytes = new BigInt64Array(this.#taken);
  #worker: Worker | null = null;
  #posted = 0n;
  /** Lines that wait to be handed over, behind one byte that is free; see `Block`. */
  #block = Buffer.alloc(0);
  #length = 1;
  #handing: NodeJS.Timeout | null = null;
  #problem: string | null = null;
  /** Why there is no thread, and when it ended or failed to start; null while there is one. */
  #end: { readonly why: string; readonly at: number } | null = null;
  #isBehind = false;
  #ids = 0;
  readonly #covering = new Map<number, (problem: string | null) => void>();

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#limits = { ...usual, ...options.limits };
  }

  /** Starts the thread, which takes in what the files have. @throws Error when it cannot */
  open(): Promise<TreeEnd> {
    const { dir, freshOrigin, key } = this.#options;
    const workerData: TreeThreadData = {
      dir,
      freshOrigin,
      taken: this.#taken,
      mostUncovered: this.#limits.mostUncovered,
      key: key.export({ type: "pkcs8", format: "pem" }) as string,
    };
    if (this.#end !== null) this.#end = { ...this.#end, at: performance.now() };
    const worker = new Worker(this.#limits.thread, { workerData });
    this.#posted = 0n;
    this.#takenBytes[0] = 0n;
    return new Promise((opened, failed) => {
      const ended = (why: string): void => {
        failed(new Error(why));
        if (this.#worker === worker) this.#ended(why);
      };
      worker.on("message", (message: FromTree) => {
        if (message.kind === "open") {
          this.#worker = worker;
          this.#end = null;
          worker.unref();
          opened(message.end);
        } else if (message.kind === "unopened") failed(new Error(message.problem));
        else this.#heard(message);
      });
      worker.once("error", (failure: Error) => ended(`its thread failed: ${failure.message}`));
      worker.once("exit", () => ended("its thread has ended"));
    });
  }

  /** There was a thread, there is none now, and it is time to open the tree again: when all that was appended is in the files. */
  get isToBeOpened(): boolean {
    return this.#end !== null && performance.now() - this.#end.at >= this.#limits.restartMs;
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
    this.#posted += BigInt(block.buffer.byteLength);
    this.#post({ kind: "lines", block }, [block.buffer]);
    this.#block = Buffer.alloc(0);
    this.#length = 1;
  }

  /** Resolves when the thread is not too far behind, which it hardly ever is. @throws Error when it stays so */
  async room(): Promise<void> {
    const began = performance.now();
    while (this.#worker !== null && this.#posted - Atomics.load(this.#takenBytes, 0) > this.#limits.backlogBytes) {
      if (this.#isBehind || performance.now() - began > this.#limits.roomMs) {
        this.#isBehind = true;
        throw new Error("the thread that makes the tree over the decision log is too far behind");
      }
      await pause(BACKLOG_LOOK_MS);
    }
    this.#isBehind = false;
  }

  /** Resolves when a signed checkpoint on disk covers every line so far. @throws Error when none can be written */
  async cover(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) throw new Error(this.#end?.why ?? "it is not open");
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
    const told = { name: "decision-log-tree", severity: "degraded" } as const;
    if (this.#end !== null)
      return [
        {
          ...told,
          problem: `what proves the decision log is not written: ${this.#end.why}`,
          fix: "it starts again by itself with a call some seconds later; if it does not, start the gateway again",
        },
      ];
    if (this.#problem === null) return [];
    return [
      {
        ...told,
        problem: `what proves the decision log cannot be written: ${this.#problem}`,
        fix: "make the folder tlog beside the log writable; it is written by itself then, or at the next start",
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

  /** What the thread has not taken in is in the files, from which the next one takes it. */
  #ended(why: string): void {
    this.#options.logger.error("the tree over the decision log is not written any more", { error: why });
    this.#worker = null;
    this.#problem = null;
    this.#end = { why, at: performance.now() };
    this.#block = Buffer.alloc(0);
    this.#length = 1;
    for (const resolve of this.#covering.values()) resolve(why);
    this.#covering.clear();
  }

  #post(message: ToTree, transferred: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transferred);
  }
}
