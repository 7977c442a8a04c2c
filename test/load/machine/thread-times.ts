import { existsSync, readdirSync, readFileSync } from "node:fs";

const tasks = "/proc/self/task";

/** Microseconds of CPU by the name of the threads that took them, see `watchThreads`. */
export type ThreadTimes = Readonly<Record<string, number>>;

/**
 * Tells when it is called how much CPU each thread of this process has taken since now; those of one name together, and none that has ended
 * (proc_pid_task(5); the kernel's scheduler counts in nanoseconds). Empty where the system does not tell.
 */
export function watchThreads(): () => ThreadTimes {
  const before = times();
  return function sinceThen() {
    const since: Record<string, number> = {};
    for (const [id, { name, us }] of times()) since[name] = (since[name] ?? 0) + us - (before.get(id)?.us ?? 0);
    return since;
  };
}

function times(): ReadonlyMap<string, { readonly name: string; readonly us: number }> {
  if (!existsSync(`${tasks}/${process.pid}/schedstat`)) return new Map();
  return new Map(readdirSync(tasks).flatMap((id) => timeOf(id)));
}

/** None for a thread that has ended meanwhile. */
function timeOf(id: string): [id: string, time: { name: string; us: number }][] {
  try {
    const [nanoseconds] = readFileSync(`${tasks}/${id}/schedstat`, "utf8").split(" ");
    const name = readFileSync(`${tasks}/${id}/comm`, "utf8").trim();
    return [[id, { name, us: Number(nanoseconds) / 1_000 }]];
  } catch {
    return [];
  }
}
