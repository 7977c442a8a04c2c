import { execFile, type ExecFileException } from "node:child_process";

/** One run of a program. */
export interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly directory: string;
  /** Absent: that of this process. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  readonly timeoutMs: number;
}

/** How it ended; plain values, which one process sends to another. */
export interface ProgramEnd {
  /** The exit status, or the code of the error for which it was not run to its end. */
  readonly code: number | string;
  /** Null: no signal ended it. */
  readonly signal: string | null;
  /** Ended because of the time limit. */
  readonly isLate: boolean;
}

export interface ProgramOutput extends ProgramEnd {
  readonly stdout: string;
  readonly stderr: string;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** Of a program that was not run to its end. */
const NO_OUTPUT = { stdout: "", stderr: "" };

/** Runs the program as a child of this process. Never rejects. */
export function runProgram(run: ProgramRun): Promise<ProgramOutput> {
  const { program, args, directory, environment, timeoutMs } = run;
  const limits = { maxBuffer: MAX_OUTPUT_BYTES, timeout: timeoutMs, killSignal: "SIGKILL" } as const;
  const options = { cwd: directory, ...(environment === undefined ? {} : { env: environment }), ...limits };
  return new Promise((resolve) => {
    try {
      execFile(program, args, options, (error, stdout, stderr) => {
        const end = endOf(error);
        resolve(typeof end.code === "number" ? { ...end, stdout, stderr } : { ...end, ...NO_OUTPUT });
      });
    } catch (thrown) {
      resolve({ ...notRun((thrown as NodeJS.ErrnoException).code), ...NO_OUTPUT });
    }
  });
}

function endOf(error: ExecFileException | null): ProgramEnd {
  if (error === null) return { code: 0, signal: null, isLate: false };
  return { ...notRun(error.code ?? undefined), signal: error.signal ?? null, isLate: error.killed === true };
}

/** Whatever else is not known of an error, it is no success. */
const notRun = (code: number | string = "UNKNOWN"): ProgramEnd => ({ code, signal: null, isLate: false });
