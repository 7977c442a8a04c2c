import { ResidentThread } from "../../lib/resident-thread.ts";
import type { ProgramEnd, ProgramRun } from "./run-program.ts";

/**
 * To start a program, the system copies the page tables of the whole process, and the thread that starts it stands still until the program
 * runs. The main thread serves requests.
 */
const opaThread = new ResidentThread({ file: new URL("./opa-thread-worker.ts", import.meta.url), task: "runs OPA" });

/** @throws ThreadFailure */
export function runOnThread(run: ProgramRun, limitMs: number): Promise<ProgramEnd> {
  return opaThread.ask("run", run, { limitMs });
}

/** OPA is about to be run. Never fails. */
export function expectOpa(): void {
  opaThread.start();
}

export function releaseOpa(): Promise<void> {
  return opaThread.release();
}
