import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { runProcess } from "./process.ts";

/** The Debian package that has each program. */
const packages = { nginx: "nginx-light", wrk: "wrk", taskset: "util-linux" } as const;
export type Tool = keyof typeof packages;
const tools = Object.keys(packages) as Tool[];

/** Debian keeps servers outside an ordinary user's PATH. */
const besidesPath = ["/usr/sbin", "/usr/local/sbin"];

/** Full path of a program; null when this machine has none. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...besidesPath];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

export function missingTools(): Tool[] {
  return tools.filter((tool) => findProgram(tool) === null);
}

/** Installs what is missing when that is possible. @throws Error naming what is missing and how to get it */
export async function needTools(): Promise<void> {
  const missing = missingTools();
  if (missing.length === 0) return;
  const names = missing.map((tool) => packages[tool]);
  const advice = `the bench needs ${missing.join(", ")}: apt-get install ${names.join(" ")}`;
  if (process.getuid?.() !== 0 || findProgram("apt-get") === null) throw new Error(advice);
  process.stderr.write(`installing ${names.join(", ")}\n`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await runProcess(["apt-get", "update"], { env });
  await runProcess(["apt-get", "install", "-y", "--no-install-recommends", ...names], { env });
  if (missingTools().length > 0) throw new Error(advice);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
