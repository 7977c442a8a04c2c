import { execFile } from "node:child_process";
import type { Stage } from "./failure.ts";
import { BundleFailure } from "./failure.ts";
import { parseOpaErrors } from "./opa-errors.ts";

const MOST_OUTPUT = 64 * 1024 * 1024;
const LONGEST_MS = 60_000;

/** Runs the OPA command in `directory`, so that every path it prints is below it. @throws BundleFailure with parsed locations */
export function runOpa(opa: string, args: readonly string[], directory: string, stage: Stage): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(opa, args, { cwd: directory, maxBuffer: MOST_OUTPUT, timeout: LONGEST_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (typeof error.code === "string") reject(new BundleFailure(stage, notRun(error.code), [], error));
      else if (error.killed === true)
        reject(new BundleFailure(stage, `opa ${args[0]} took longer than ${LONGEST_MS / 1_000} s`, [], error));
      else reject(parseOpaErrors(stderr === "" ? stdout : stderr, stage));
    });
  });
}

/** `npm run` puts the pinned one on PATH; whoever starts node by hand has to. */
function notRun(code: string): string {
  const hint = code === "ENOENT" ? "; start with `npm run sallyport -- serve`, or put opa on PATH" : "";
  return `the opa command could not be run: ${code}${hint}`;
}
