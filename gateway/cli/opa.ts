import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findOpa } from "./find-opa.ts";

export interface OpaResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs opa in the policy's folder and gives what it said; a bad status is an answer, not an error. */
export function opa(args: readonly string[], folder: string): Promise<OpaResult> {
  return new Promise((resolve, reject) => {
    execFile(findOpa(), args, { cwd: folder, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, stdout, stderr });
      else if (typeof error.code === "number") resolve({ status: error.code, stdout, stderr });
      else reject(new Error(`${args[0]}: opa could not be run`, { cause: error }));
    });
  });
}

/** The limits a policy brings along: what its host can do, and what its input looks like. */
export function policyLimits(folder: string): string[] {
  return [
    ...(existsSync(join(folder, "capabilities.json")) ? ["--capabilities", "./capabilities.json"] : []),
    ...(existsSync(join(folder, "schemas")) ? ["--schema", "./schemas"] : []),
  ];
}
