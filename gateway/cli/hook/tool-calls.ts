import { resolve } from "node:path";
import type { JsonObject, JsonValue } from "../../lib/json.ts";
import { shortened, textOf } from "./fields.ts";
import { HookFailure, type LocalCall, type NotAsked, type Through } from "./local-call.ts";
import { urlsInPrompt } from "./prompt-urls.ts";
import { destinationsOf } from "./shell/destinations.ts";

/** What a tool of a client does, as far as the gateway's catalog has one name for it; `own`: the client's own name. */
export type Kind = "bash" | "read_file" | "write_file" | "search_files" | "web_fetch" | "web_search";

/** Where a client's message says who works where. */
interface Place {
  readonly session: string | null;
  readonly folder: string | null;
}

/**
 * The call of a tool whose name and arguments the client gave. A tool that is named like one of the common ones is read as it.
 * @throws HookFailure
 */
export function toolCall(kind: Kind | null, name: string, input: JsonObject, place: Place): LocalCall {
  const read = kind ?? (Object.hasOwn(readers, name) ? (name as Kind) : null);
  return { tool: read ?? name, arguments: read === null ? rest(input) : readers[read](input, place), ...place };
}

/** Not what the model says about a call, which differs each time: an approval is of the call alone. */
const words: ReadonlySet<string> = new Set(["description", "explanation", "toolSummary", "toolAction", "timeout"]);

function rest(input: JsonObject): JsonObject {
  const kept = Object.entries(input).filter(([name]) => !words.has(name));
  return shortened(Object.fromEntries(kept)) as JsonObject;
}

const readers: Readonly<Record<Kind, (input: JsonObject, place: Place) => JsonObject>> = {
  bash(input) {
    const command = first(input, ["command", "command_line", "cmd"]);
    const folder = input["directory"] ?? input["cwd"];
    return {
      command: shortened(command),
      destinations: destinationsOf(command),
      ...(typeof folder === "string" ? { folder } : {}),
    };
  },
  read_file: (input, place) => files(input, place, {}),
  write_file: (input, place) => files(input, place, rest(input)),
  search_files: (input) => rest(input),
  web_fetch: (input) => rest(typeof input["url"] === "string" ? input : { ...input, urls: urlsOf(input) }),
  web_search: (input) => ({ ...rest(input), query: first(input, ["query", "search_term", "q"]) }),
};

function urlsOf(input: JsonObject): string[] {
  const listed = input["urls"];
  if (Array.isArray(listed)) return listed.filter((one): one is string => typeof one === "string");
  return urlsInPrompt(first(input, ["prompt", "uri"]));
}

const pathNames = ["file_path", "path", "absolute_path", "notebook_path", "filePath", "target_file"];
const pathLists = ["paths", "files", "include", "file_paths"];

/** `path`, or `paths` for several: absolute and without `..`, whatever form the client uses. */
function files(input: JsonObject, { folder }: Place, others: JsonObject): JsonObject {
  const kept = Object.entries(others).filter(([name]) => !pathNames.includes(name) && !pathLists.includes(name));
  // Which of them the client takes is its own affair: what any of them names is judged.
  const said = pathNames.map((name) => input[name]).filter((value) => typeof value === "string");
  const listed = pathLists.flatMap((name) => pathsIn(input[name]));
  const paths = [...said, ...listed];
  if (paths.length === 0) paths.push(...patched(input));
  if (paths.length === 0) throw new HookFailure("the client's message names no file");
  const whole = [...new Set(paths.map((path) => resolve(folder ?? "/", path)))];
  return { ...Object.fromEntries(kept), ...(whole.length === 1 ? { path: whole[0] as string } : { paths: whole }) };
}

function pathsIn(list: JsonValue | undefined): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((one) => (typeof one === "string" ? [one] : pathOf(one as JsonValue)));
}

function patched(input: JsonObject): string[] {
  const patch = ["command", "patch", "input"].map((name) => input[name]).find((value) => typeof value === "string");
  if (typeof patch !== "string") return [];
  return [...patch.matchAll(/^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$/gm)].map(([, path = ""]) =>
    path.trim(),
  );
}

function pathOf(value: JsonValue): string[] {
  const path = (value as JsonObject | null)?.["path"];
  return typeof path === "string" ? [path] : [];
}

/** @throws HookFailure when none of them is a text */
function first(input: JsonObject, names: readonly string[]): string {
  const name = names.find((one) => typeof input[one] === "string") ?? names[0] ?? "";
  return textOf(input, name);
}

/**
 * Whether a tool is one of an MCP server that the gateway serves: it is judged there. `servers`: those that its name can mean; where
 * one of them is another's, it is asked about.
 */
export function throughGateway(
  servers: readonly string[],
  url: unknown,
  { gateway, servers: own }: Through,
): NotAsked | null {
  const isThere =
    typeof url === "string" ? originOf(url) === gateway : servers.length > 0 && servers.every((one) => own.has(one));
  return isThere ? { notAsked: "the gateway judges this call when it arrives there" } : null;
}

function originOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).origin : null;
}

/** A tool of an MCP server that is not the gateway's, under a name that no tool of the client itself has. */
export function mcpToolName(server: string, name: string): string {
  return mcpServers(name) === null ? `mcp__${server}__${name}` : name;
}

/**
 * The servers that `mcp__server__tool` can mean, since both names may have `__` in them: `mcp__crm__x__y` is a tool of `crm` or of
 * `crm__x`. Null for any other name.
 */
export function mcpServers(name: string): readonly string[] | null {
  if (!name.startsWith("mcp__")) return null;
  const rest = name.slice("mcp__".length);
  const ends = [...rest.matchAll(/(?=__.)/gs)].map(({ index }) => index).filter((at) => at > 0);
  return ends.length === 0 ? null : ends.map((at) => rest.slice(0, at));
}
