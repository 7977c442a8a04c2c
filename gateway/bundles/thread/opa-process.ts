import { type ChildProcess, fork } from "node:child_process";
import type { ProgramEnd, ProgramOutput, ProgramRun } from "./run-program.ts";

export interface OpaQuestion {
  readonly id: number;
  readonly run: ProgramRun;
}

/** The output comes in pieces before the end: a long message is read in one turn of the event loop. */
export type OpaReply =
  | { readonly id: number; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly id: number; readonly end: ProgramEnd };

interface Pending {
  readonly resolve: (output: ProgramOutput) => void;
  readonly limit: NodeJS.Timeout;
  stdout: string;
  stderr: string;
}

/** Time beyond a run's own limit after which the process itself is taken for dead. */
const GRACE_MS = 10_000;

/**
 * A small process that runs OPA. To start a program, the system copies the page tables of the process that asks, and this process stands
 * still until the program begins: with a gateway's memory and busy processors, for tenths of a second.
 */
class OpaProcess {
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | null = null;
  #asked = 0;

  /** Never fails: without it, programs are children of this process. */
  start(): void {
    if (this.#child !== null) return;
    try {
      const child = fork(new URL("./opa-worker.ts", import.meta.url), [], { env: {}, execArgv: [], stdio: [...STDIO] });
      this.#child = child;
      child.on("message", (reply: OpaReply) => this.#heard(reply));
      for (const event of ["error", "exit", "disconnect"]) child.on(event, () => this.#lost(child));
      this.#rest();
    } catch {
      this.#child = null;
    }
  }

  /** Null when there is no such process. What it was running when it ended was ended by a signal. */
  run(run: ProgramRun): Promise<ProgramOutput> | null {
    const child = this.#child;
    if (child === null || !child.connected) return null;
    const question: OpaQuestion = { id: (this.#asked += 1), run };
    return new Promise((resolve) => {
      const limit = setTimeout(() => this.#lost(child), run.timeoutMs + GRACE_MS);
      this.#pending.set(question.id, { resolve, limit, stdout: "", stderr: "" });
      child.ref();
      child.channel?.ref();
      child.send(question, (failure) => {
        if (failure !== null) this.#lost(child);
      });
    });
  }

  /** Ends it, unless it runs something. */
  release(): void {
    if (this.#child !== null && this.#pending.size === 0) this.#lost(this.#child);
  }

  #heard(reply: OpaReply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    if ("end" in reply) this.#ended(reply.id, reply.end);
    else pending[reply.stream] += reply.text;
  }

  #ended(id: number, end: ProgramEnd): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(pending?.limit);
    pending?.resolve({ ...end, stdout: pending.stdout, stderr: pending.stderr });
    this.#rest();
  }

  /** It keeps this process alive only while it runs something. */
  #rest(): void {
    if (this.#pending.size > 0) return;
    this.#child?.unref();
    this.#child?.channel?.unref();
  }

  #lost(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = null;
    child.kill("SIGKILL");
    for (const id of [...this.#pending.keys()]) this.#ended(id, { code: 1, signal: "SIGKILL", isLate: false });
  }
}

/** Its errors are this process's to tell; nothing else is written. */
const STDIO = ["ignore", "ignore", "inherit", "ipc"] as const;

const opaProcess = new OpaProcess();

/** A build follows. An OPA without an environment of its own is run by this process. */
export function expectOpa(environment: NodeJS.ProcessEnv | undefined): void {
  if (environment !== undefined) opaProcess.start();
}

/** No build is expected. */
export const releaseOpa = (): void => opaProcess.release();

/** The run in the process for it; null where there is none. */
export function runInProcess(run: ProgramRun): Promise<ProgramOutput> | null {
  return run.environment === undefined ? null : opaProcess.run(run);
}
