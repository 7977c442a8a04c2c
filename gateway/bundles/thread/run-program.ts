import { execFile } from "node:child_process";

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface ProgramRun {
  readonly path: string;
  readonly args: readonly string[];
  readonly directory: string;
  /** After this time it is killed. */
  readonly timeoutMs: number;
  /** Null: that of this process. */
  readonly environment: NodeJS.ProcessEnv | null;
}

/** How a program ended. Plain values, which go from thread to thread. */
export interface ProgramEnd {
  readonly stdout: string;
  readonly stderr: string;
  /** A text: it could not be run, and this is the system's code. */
  readonly code: number | string;
  /** Whether it was killed for its time limit. */
  readonly killed: boolean;
  /** The signal that ended it; null: none. */
  readonly signal: string | null;
}

/** Runs the program as a process of this thread. @throws Error when Node cannot ask the system to start it, as with arguments that are too long */
export function runProgram({ path, args, directory, timeoutMs, environment }: ProgramRun): Promise<ProgramEnd> {
  const limits = { maxBuffer: MAX_OUTPUT_BYTES, timeout: timeoutMs, killSignal: "SIGKILL" } as const;
  return new Promise((resolve) => {
    const options = { cwd: directory, ...(environment === null ? {} : { env: environment }), ...limits };
    execFile(path, args, options, (error, stdout, stderr) => {
      const { code = 0, killed = false, signal = null } = error ?? {};
      resolve({ stdout, stderr, code: code ?? 0, killed, signal });
    });
  });
}
