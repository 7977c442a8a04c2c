import { execFile, type ExecFileException } from "node:child_process";
import type { Stage } from "./failure.ts";
import { type BundleFailure, TransientFailure } from "./failure.ts";
import { parseOpaErrors } from "./opa-errors.ts";

/** The OPA command: its path or name, and how long one run may take where that is not the default. */
export type OpaCommand = string | { readonly path: string; readonly timeoutMs: number };

const MOST_OUTPUT = 64 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 60_000;

/** Runs the OPA command in `directory`, so that every path it prints is below it. @throws BundleFailure with parsed locations */
export function runOpa(opa: OpaCommand, args: readonly string[], directory: string, stage: Stage): Promise<string> {
  const { path, timeoutMs } = typeof opa === "string" ? { path: opa, timeoutMs: DEFAULT_TIMEOUT_MS } : opa;
  return new Promise((resolve, reject) => {
    const options = { cwd: directory, maxBuffer: MOST_OUTPUT, timeout: timeoutMs, killSignal: "SIGKILL" } as const;
    execFile(path, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(
          ended(error, stage, String(args[0]), timeoutMs) ?? parseOpaErrors(stderr === "" ? stdout : stderr, stage),
        );
    });
  });
}

/** An end that says nothing about the policy; null when opa itself refused it. */
function ended(error: ExecFileException, stage: Stage, verb: string, timeoutMs: number): BundleFailure | null {
  if (typeof error.code === "string") return new TransientFailure(stage, notRun(error.code), error);
  if (error.killed === true)
    return new TransientFailure(
      stage,
      `opa ${verb} took longer than ${timeoutMs / 1_000} s (policy.build_timeout)`,
      error,
    );
  if (typeof error.signal === "string")
    return new TransientFailure(stage, `opa ${verb} was ended by ${error.signal}`, error);
  return null;
}

/** `npm run` puts the pinned one on PATH; whoever starts node by hand has to. */
function notRun(code: string): string {
  const hint = code === "ENOENT" ? "; start with `npm run sallyport -- serve`, or put opa on PATH" : "";
  return `the opa command could not be run: ${code}${hint}`;
}
