import { statfsSync } from "node:fs";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { execFileSync } from "node:child_process";
import { findProgram } from "./tools.ts";

export interface MachineFacts {
  readonly cpu: string;
  readonly cpus: number;
  readonly memory_mib: number;
  readonly kernel: string;
  readonly node: string;
  readonly opa: string | null;
  readonly nginx: string | null;
  readonly wrk: string | null;
  /** Where the decision logs of the bench lie: in memory an fdatasync would cost nothing. */
  readonly log_filesystem: string;
}

export function machineFacts(): MachineFacts {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cpus: all.length,
    memory_mib: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    node: process.version,
    opa: programVersion("opa", ["version"], /^Version:\s*(\S+)/m),
    nginx: programVersion("nginx", ["-v"], /nginx\/(\S+)/),
    wrk: programVersion("wrk", ["-v"], /^wrk (\S+)/m),
    log_filesystem: filesystem(tmpdir()),
  };
}

/** What a program says of itself, on either stream and whatever its exit code; null when there is none. */
export function programVersion(name: string, args: readonly string[], pattern: RegExp): string | null {
  const program = findProgram(name);
  if (program === null) return null;
  const shell = 'program=$1; shift; "$program" "$@" 2>&1 || true';
  const output = execFileSync("sh", ["-c", shell, "sh", program, ...args], { encoding: "utf8" });
  return pattern.exec(output)?.[1] ?? "unknown";
}

/** statfs(2) names file systems by number. */
const knownFilesystems = new Map([
  [0xef53, "ext4"],
  [0x0102_1994, "tmpfs"],
  [0x794c_7630, "overlay"],
  [0x5846_5342, "xfs"],
  [0x9123_683e, "btrfs"],
]);

function filesystem(path: string): string {
  const { type } = statfsSync(path);
  return knownFilesystems.get(type) ?? `0x${type.toString(16)}`;
}
