import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type Draft, present, type RouteValues } from "../draft.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import { type CommandValues, findProgram, limiter, resolveAccount, searchPath } from "../resolve-bridge.ts";
import { accountOf, groupOf } from "../system-accounts.ts";

/** Tool servers that are commands, and those that speak HTTP with SSE. */
export function checkBridges(draft: Draft): Finding[] {
  return present(draft.routes).flatMap(({ item, index }) => {
    const path = ["routes", index, "upstream"];
    const { command } = item.upstream;
    if (command === undefined) return [...withoutCommand(item, path)];
    const at = [...path, "command"];
    return [
      ...inItsPlace(item, path),
      ...program(command, at, draft.folder),
      ...runsAs(command, at),
      ...limits(command, at),
    ];
  });
}

function withoutCommand({ protocol, upstream }: RouteValues, path: Path): Finding[] {
  if (upstream.origin === undefined)
    return [{ path, at: "key", message: "needs an origin, or with protocol mcp a command" }];
  if (upstream.transport !== "sse" || protocol === "mcp") return [];
  return [
    { path: [...path, "transport"], at: "value", message: "sse is a transport of MCP; the route's protocol is http" },
  ];
}

/** Options that would be ignored beside a command. */
function inItsPlace({ protocol, credential, upstream }: RouteValues, path: Path): Finding[] {
  const found: Finding[] = [];
  const say = (place: Path, message: string): void => void found.push({ path: place, at: "key", message });
  if (protocol !== "mcp") say([...path, "command"], "a command is an MCP server; the route's protocol is http");
  if (upstream.origin !== undefined) say([...path, "origin"], "a command has no origin; remove one of the two");
  if (upstream.transport === "sse") say([...path, "transport"], "a command is spoken to over its standard streams");
  if (credential !== undefined)
    say(
      [...path.slice(0, -1), "credential"],
      "a command gets its secrets in upstream.command.env; calls carry none to it",
    );
  return found;
}

function program(command: CommandValues, path: Path, folder: string): Finding[] {
  const [named = ""] = command.run;
  const found: Finding[] = [];
  if (findProgram(command, folder) === null) {
    const where = named.includes("/") ? resolve(folder, named) : `${named} in PATH (${searchPath(command)})`;
    found.push({ path: [...path, "run", 0], at: "value", message: `no such program that may be executed: ${where}` });
  }
  const cwd = resolve(folder, command.cwd);
  if (!existsSync(cwd) || !statSync(cwd).isDirectory())
    found.push({ path: [...path, "cwd"], at: "value", message: `no such folder: ${cwd}` });
  return found;
}

function runsAs({ user, group }: CommandValues, path: Path): Finding[] {
  if (user === undefined)
    return group === undefined ? [] : [{ path: [...path, "group"], at: "key", message: "needs a user beside it" }];
  const found: Finding[] = [];
  if (accountOf(user) === null)
    found.push({ path: [...path, "user"], at: "value", message: `this machine has no account ${user}` });
  if (group !== undefined && groupOf(group) === null)
    found.push({ path: [...path, "group"], at: "value", message: `this machine has no group ${group}` });
  const account = resolveAccount({ user, group });
  const own = process.getuid?.();
  if (account !== null && own !== 0 && account.uid !== own)
    found.push({ path: [...path, "user"], at: "value", message: "only root can start a process as another account" });
  return found;
}

function limits({ memory, files }: CommandValues, path: Path): Finding[] {
  if ((memory === undefined && files === undefined) || existsSync(limiter)) return [];
  const named = memory === undefined ? "files" : "memory";
  return [{ path: [...path, named], at: "key", message: `needs ${limiter} (util-linux), which this machine has not` }];
}
