import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const PATIENCE_MS = 10_000;

/**
 * From now on the disk answers EIO to these system calls of a process, named as strace(1) does, for these files or, without any, for all:
 * strace puts the answer in their place. @returns how to end it
 */
export function failDisk(pid: number, calls: string, paths: readonly string[]): () => void {
  const only = paths.flatMap((path) => ["-P", path]);
  const which = ["-e", `trace=${calls}`, "-e", `inject=${calls}:error=EIO`, "-e", "signal=none"];
  const strace = spawn("strace", ["-f", "-p", String(pid), ...only, ...which], { stdio: "ignore" });
  untilTraced(pid, true);
  return () => {
    strace.kill("SIGINT");
    untilTraced(pid, false);
  };
}

export function mayFailDisk(): boolean {
  try {
    execFileSync("strace", ["-o", "/dev/null", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Returns when each thread of the process has a tracer, or none has. @throws Error when that does not come */
function untilTraced(pid: number, wanted: boolean): void {
  const began = performance.now();
  while (!threadsOf(pid).every((status) => /^TracerPid:\t0$/m.test(status) !== wanted))
    if (performance.now() - began > PATIENCE_MS) throw new Error(`strace is not ${wanted ? "attached" : "detached"}`);
}

const threadsOf = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/task`).map((thread) => readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8"));
