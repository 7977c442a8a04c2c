import { isJsonObject, type JsonObject } from "../../../lib/json.ts";
import { objectOf, textOf, textOrNull } from "../fields.ts";
import { type HookClient, HookFailure } from "../local-call.ts";
import { urlsInPrompt } from "../prompt-urls.ts";
import { type Kind, mcpServers, mcpToolName, throughGateway, toolCall } from "../tool-calls.ts";

/** https://geminicli.com/docs/hooks/reference, "BeforeTool". */
export const gemini: HookClient = {
  read(input, through) {
    const event = textOf(input, "hook_event_name");
    if (event !== "BeforeTool") throw new HookFailure(`this hook is for BeforeTool, not for ${event}`);
    const name = textOf(input, "tool_name");
    const context = input["mcp_context"];
    const mcp = isJsonObject(context) ? context : null;
    const servers = mcp === null ? mcpServers(name) : [textOrNull(mcp, "server_name") ?? ""];
    const elsewhere =
      servers === null ? null : throughGateway(servers, mcp?.["url"] ?? mcp?.["httpUrl"] ?? null, through);
    if (elsewhere !== null) return elsewhere;
    const place = { session: textOrNull(input, "session_id"), folder: textOrNull(input, "cwd") };
    const args = objectOf(input, "tool_input");
    if (servers !== null) return toolCall(null, mcpToolName(servers[0] ?? "", name), args, place);
    const kind = Object.hasOwn(tools, name) ? (tools[name] ?? null) : null;
    return toolCall(kind, name, kind === "web_fetch" ? fetched(args) : args, place);
  },
  answer(given, input) {
    if (given.effect === "allow") return { stdout: JSON.stringify({ decision: "allow" }), stderr: "", exit: 0 };
    if (input === null) return { stdout: "", stderr: given.reason, exit: 2 };
    return { stdout: JSON.stringify({ decision: "deny", reason: given.reason }), stderr: "", exit: 0 };
  },
};

/** It fetches what its prompt names, whatever else the model has put beside it. */
function fetched({ urls: _ignored, ...args }: JsonObject): JsonObject {
  const { prompt } = args;
  return typeof prompt === "string" ? { ...args, urls: urlsInPrompt(prompt) } : args;
}

const tools: Readonly<Record<string, Kind>> = {
  run_shell_command: "bash",
  read_file: "read_file",
  read_many_files: "read_file",
  write_file: "write_file",
  replace: "write_file",
  edit: "write_file",
  list_directory: "search_files",
  glob: "search_files",
  search_file_content: "search_files",
  grep_search: "search_files",
  web_fetch: "web_fetch",
  google_web_search: "web_search",
};
