import type { JsonObject } from "../../../lib/json.ts";
import { objectOf, objectOrJson, textOf, textOrNull } from "../fields.ts";
import { type HookClient, HookFailure, type LocalCall, type NotAsked, type Through } from "../local-call.ts";
import { type Kind, throughGateway, toolCall } from "../tool-calls.ts";

/**
 * https://cursor.com/docs/hooks. Shell commands, MCP tools and reads have events of their own; `preToolUse` comes before every
 * tool, so what these three ask about is not asked about twice.
 */
export const cursor: HookClient = {
  read(input, through) {
    const event = textOf(input, "hook_event_name");
    const read = Object.hasOwn(events, event) ? events[event] : undefined;
    if (read === undefined)
      throw new HookFailure(`this hook is for ${Object.keys(events).join(", ")}, not for ${event}`);
    return read(input, through);
  },
  answer(given, input) {
    if (given.effect === "allow") return { stdout: JSON.stringify({ permission: "allow" }), stderr: "", exit: 0 };
    if (input === null) return { stdout: "", stderr: given.reason, exit: 2 };
    const told = { permission: "deny", user_message: given.reason, agent_message: given.reason };
    return { stdout: JSON.stringify(told), stderr: "", exit: 0 };
  },
};

type Reader = (input: JsonObject, through: Through) => LocalCall | NotAsked;

const events: Readonly<Record<string, Reader>> = {
  beforeShellExecution: (input) => toolCall("bash", "Shell", { command: textOf(input, "command") }, placeOf(input)),
  beforeReadFile: (input) => toolCall("read_file", "Read", { path: textOf(input, "file_path") }, placeOf(input)),
  beforeMCPExecution(input, through) {
    const name = textOf(input, "tool_name");
    const elsewhere = throughGateway([], textOrNull(input, "url") ?? "", through);
    return elsewhere ?? toolCall(null, `mcp__${name}`, objectOrJson(input, "tool_input"), placeOf(input));
  },
  preToolUse(input) {
    const name = textOf(input, "tool_name");
    if (/^(?:Shell|Read|MCP(?::.*)?)$/.test(name)) return { notAsked: "an event of its own asks about it" };
    const kind = Object.hasOwn(tools, name) ? (tools[name] ?? null) : null;
    return toolCall(kind, name, objectOf(input, "tool_input"), placeOf(input));
  },
};

const tools: Readonly<Record<string, Kind>> = {
  Write: "write_file",
  StrReplace: "write_file",
  Edit: "write_file",
  Delete: "write_file",
  Grep: "search_files",
  Glob: "search_files",
  WebFetch: "web_fetch",
  WebSearch: "web_search",
};

function placeOf(input: JsonObject): Pick<LocalCall, "session" | "folder"> {
  const roots = input["workspace_roots"];
  const root = Array.isArray(roots) && typeof roots[0] === "string" ? roots[0] : null;
  const cwd = textOrNull(input, "cwd");
  return { session: textOrNull(input, "conversation_id"), folder: cwd === null || cwd === "" ? root : cwd };
}
