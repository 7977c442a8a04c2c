import type { JsonObject } from "../../../lib/json.ts";
import { objectOf, textOf, textOrNull } from "../fields.ts";
import { type Answer, HookFailure, type HookClient, type HookOutput } from "../local-call.ts";
import { type Kind, mcpServers, throughGateway, toolCall } from "../tool-calls.ts";

/** https://code.claude.com/docs/en/hooks, "PreToolUse". */
const claudeTools: Readonly<Record<string, Kind>> = {
  Bash: "bash",
  PowerShell: "bash",
  Monitor: "bash",
  Read: "read_file",
  NotebookRead: "read_file",
  Write: "write_file",
  Edit: "write_file",
  MultiEdit: "write_file",
  NotebookEdit: "write_file",
  Glob: "search_files",
  Grep: "search_files",
  LS: "search_files",
  WebFetch: "web_fetch",
  WebSearch: "web_search",
};

/** https://developers.openai.com/codex/hooks, "PreToolUse". */
const codexTools: Readonly<Record<string, Kind>> = {
  Bash: "bash",
  apply_patch: "write_file",
  web_search: "web_search",
  view_image: "read_file",
};

/** https://code.visualstudio.com/docs/copilot/customization/hooks, names as the agent's tools have them. */
const vscodeTools: Readonly<Record<string, Kind>> = {
  runTerminalCommand: "bash",
  runInTerminal: "bash",
  run_in_terminal: "bash",
  readFile: "read_file",
  read_file: "read_file",
  editFiles: "write_file",
  createFile: "write_file",
  create_file: "write_file",
  insert_edit_into_file: "write_file",
  replace_string_in_file: "write_file",
  apply_patch: "write_file",
  fetch: "web_fetch",
  fetch_webpage: "web_fetch",
  file_search: "search_files",
  grep_search: "search_files",
  semantic_search: "search_files",
  list_dir: "search_files",
};

export const claudeCode = preToolUse(claudeTools);
export const codex = preToolUse(codexTools);
export const vscode = preToolUse(vscodeTools);

/** Clients that ask in Claude Code's form: `PreToolUse` with `tool_name` and `tool_input`. */
function preToolUse(tools: Readonly<Record<string, Kind>>): HookClient {
  return {
    read(input, through) {
      const event = textOrNull(input, "hook_event_name") ?? textOrNull(input, "hookEventName");
      if (event !== "PreToolUse") throw new HookFailure(`this hook is for PreToolUse, not for ${event ?? "no event"}`);
      const name = textOf(input, "tool_name");
      const servers = mcpServers(name);
      const elsewhere = servers === null ? null : throughGateway(servers, null, through);
      if (elsewhere !== null) return elsewhere;
      const kind = Object.hasOwn(tools, name) ? (tools[name] ?? null) : null;
      return toolCall(kind, name, objectOf(input, "tool_input"), {
        session: textOrNull(input, "session_id") ?? textOrNull(input, "sessionId"),
        folder: textOrNull(input, "cwd"),
      });
    },
    answer,
  };
}

/**
 * An allow says nothing: the client then asks its person as it would without a hook. "allow" would skip that question.
 */
function answer(given: Answer, input: JsonObject | null): HookOutput {
  if (given.effect === "allow") return { stdout: "", stderr: "", exit: 0 };
  if (input === null) return { stdout: "", stderr: given.reason, exit: 2 };
  const hookSpecificOutput = {
    hookEventName: "PreToolUse",
    permissionDecision: "deny",
    permissionDecisionReason: given.reason,
  };
  return { stdout: JSON.stringify({ hookSpecificOutput }), stderr: "", exit: 0 };
}
