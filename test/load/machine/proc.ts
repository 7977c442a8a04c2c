import { readdirSync, readFileSync } from "node:fs";

interface Stat {
  readonly parent: number;
  /** User and system time, in clock ticks, its own and that of children which have ended. */
  readonly ticks: number;
}

/** Linux reports process times in ticks of 10 ms to user space on every architecture Node runs on (time(7), USER_HZ). */
const microsecondsPerTick = 10_000;

/** CPU µs, user and system, that these processes and their descendants have used so far, also those that have ended. */
export function treeCpuUs(roots: readonly number[]): number {
  const stats = readAll();
  let ticks = 0;
  for (const pid of descendants(stats, roots)) ticks += stats.get(pid)?.ticks ?? 0;
  return ticks * microsecondsPerTick;
}

/** Resident bytes of one process (proc_pid_status(5), VmRSS). */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib ?? 0) * 1024;
}

function descendants(stats: ReadonlyMap<number, Stat>, roots: readonly number[]): Set<number> {
  const tree = new Set(roots);
  // A child may stand before its parent in the listing, so until nothing is added.
  for (let size = 0; size !== tree.size;) {
    size = tree.size;
    for (const [pid, { parent }] of stats) if (tree.has(parent)) tree.add(pid);
  }
  return tree;
}

function readAll(): Map<number, Stat> {
  const stats = new Map<number, Stat>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(name);
    if (stat !== null) stats.set(Number(name), stat);
  }
  return stats;
}

/** proc_pid_stat(5): the name in parentheses may itself hold blanks and parentheses. Null when the process has ended meanwhile. */
function readStat(pid: string): Stat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
  return { parent: Number(fields[1]), ticks };
}

/** Processes that have `text` in their command line, this one aside. */
export function pidsWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => commandLine(name).includes(text))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
