import { readFileSync } from "node:fs";

export interface Pins {
  /** Where the gateway and whatever helps it runs. */
  readonly gateway: number;
  /** Where the load and the upstream run. */
  readonly load: number;
}

/** The first two CPUs this process may use. @throws Error with fewer: one CPU would measure the load generator as well */
export function choosePins(): Pins {
  const [gateway, load] = allowedCpus(readFileSync("/proc/self/status", "utf8"));
  if (gateway === undefined || load === undefined)
    throw new Error("the bench needs two CPUs: one for the gateway, one for the load");
  return { gateway, load };
}

/** `Cpus_allowed_list: 0-1,4` → 0, 1, 4 (proc_pid_status(5)). */
export function allowedCpus(status: string): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? "";
  return list.split(",").flatMap((range) => {
    const [first, last] = range.split("-").map(Number);
    if (first === undefined || Number.isNaN(first)) return [];
    return Array.from({ length: (last ?? first) - first + 1 }, (_, index) => first + index);
  });
}
