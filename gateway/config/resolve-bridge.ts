import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { CommandServer, EnvironmentEntry, Upstream } from "../domain/route.ts";
import type { RouteValues } from "./draft.ts";
import { absoluteReference, parseReference } from "./environment.ts";
import { accountOf, groupOf } from "./system-accounts.ts";

export type CommandValues = NonNullable<RouteValues["upstream"]["command"]>;

const usualPath = "/usr/local/bin:/usr/bin:/bin";

/** The folders in which the program is looked for, and which the process gets. */
export function searchPath({ env }: Pick<CommandValues, "env">): string {
  return env["PATH"] ?? usualPath;
}

/** How a checked upstream is spoken to inside of the gateway; null for one over HTTP. */
export function resolveBridge(
  { command, transport }: RouteValues["upstream"],
  folder: string,
): NonNullable<Upstream["bridge"]> | null {
  if (command === undefined) return transport === "sse" ? { kind: "sse" } : null;
  return resolveCommand(command, folder);
}

function resolveCommand(values: CommandValues, folder: string): CommandServer {
  const [named = "", ...given] = values.run;
  // It was found when the file was checked; what is removed since then is told when it is started.
  const [program = "", ...args] = [...within(values), findProgram(values, folder) ?? named, ...given];
  return {
    kind: "command",
    named,
    program,
    args,
    cwd: resolve(folder, values.cwd),
    env: environmentOf(values, folder),
    per: values.per,
    account: resolveAccount(values),
    startTimeoutMs: values.start_timeout,
    idleMs: values.idle,
    processes: values.processes,
  };
}

/** util-linux; they set what a process is limited by and then become it. */
export const limiter = "/usr/bin/prlimit";
const privileges = "/usr/bin/setpriv";

/** Programs that start the tool server: with it all that it starts has these limits, and it ends with a gateway that was killed. */
function within({ memory, files }: CommandValues): string[] {
  const limits = [
    ...(memory === undefined ? [] : [`--data=${memory}`]),
    ...(files === undefined ? [] : [`--nofile=${files}`]),
  ];
  return [
    ...(executable(privileges) === null ? [] : [privileges, "--pdeathsig", "KILL", "--"]),
    ...(limits.length === 0 ? [] : [limiter, "--core=0", ...limits, "--"]),
  ];
}

function environmentOf(values: CommandValues, folder: string): EnvironmentEntry[] {
  return Object.entries({ PATH: searchPath(values), ...values.env }).map(([name, text]) => ({
    name,
    from: parseReference(text, folder) === null ? { value: text } : { reference: absoluteReference(text, folder) },
  }));
}

/** Null when none is named, or there is none of that name. */
export function resolveAccount({ user, group }: Pick<CommandValues, "user" | "group">): CommandServer["account"] {
  const account = user === undefined ? null : accountOf(user);
  const gid = group === undefined ? (account?.gid ?? null) : groupOf(group);
  return account === null || gid === null ? null : { uid: account.uid, gid };
}

/** Absolute path of the program; null when there is no such file that may be executed. */
export function findProgram(values: Pick<CommandValues, "run" | "env">, folder: string): string | null {
  const [program = ""] = values.run;
  if (program.includes("/")) return executable(resolve(folder, program));
  for (const place of searchPath(values).split(delimiter)) {
    const found = place.startsWith("/") ? executable(join(place, program)) : null;
    if (found !== null) return found;
  }
  return null;
}

/** The file; null when it is none that may be executed. */
export function executable(file: string): string | null {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? file : null;
  } catch {
    return null;
  }
}
