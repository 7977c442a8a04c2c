import { claudeCode, codex, vscode } from "../../../../../gateway/cli/hook/clients/pre-tool-use.ts";
import { HookFailure } from "../../../../../gateway/cli/hook/local-call.ts";
import type { JsonObject } from "../../../../../gateway/lib/json.ts";

const through = { gateway: "https://gw.example", servers: new Set(["crm"]) };

/** https://code.claude.com/docs/en/hooks, "PreToolUse input". */
const claude = (tool_name: string, tool_input: JsonObject): JsonObject => ({
  session_id: "abc123",
  transcript_path: "/w/user/.claude/projects/x.jsonl",
  cwd: "/w/user/my-project",
  permission_mode: "default",
  hook_event_name: "PreToolUse",
  tool_use_id: "toolu_01ABC123",
  tool_name,
  tool_input,
});

test.each([
  [
    "Bash",
    { command: "curl https://a.example", description: "Fetch", timeout: 1_000 },
    "bash",
    { command: "curl https://a.example", destinations: ["https://a.example"] },
  ],
  ["Read", { file_path: "../x/./y.ts", limit: 3 }, "read_file", { path: "/w/user/x/y.ts" }],
  ["Write", { file_path: "/t/a", content: "b" }, "write_file", { content: "b", path: "/t/a" }],
  [
    "Edit",
    { file_path: "/t/a", old_string: "b", new_string: "c" },
    "write_file",
    { old_string: "b", new_string: "c", path: "/t/a" },
  ],
  ["WebFetch", { url: "https://a.example", prompt: "p" }, "web_fetch", { url: "https://a.example", prompt: "p" }],
  ["WebSearch", { query: "q" }, "web_search", { query: "q" }],
  ["Grep", { pattern: "x" }, "search_files", { pattern: "x" }],
  ["TodoWrite", { todos: [] }, "TodoWrite", { todos: [] }],
  ["mcp__github__create_issue", { title: "t" }, "mcp__github__create_issue", { title: "t" }],
  ["constructor", { a: 1 }, "constructor", { a: 1 }],
])("Claude Code's %s is one tool for all clients", (name, input, tool, args) => {
  expect(claudeCode.read(claude(name, input as JsonObject), through)).toEqual({
    tool,
    arguments: args,
    session: "abc123",
    folder: "/w/user/my-project",
  });
});

test("a tool of the gateway's own MCP servers is not asked about twice", () => {
  expect(claudeCode.read(claude("mcp__crm__find_ticket", {}), through)).toHaveProperty("notAsked");
  // A server of the project's own may be called so that it begins like one of the gateway's.
  for (const name of ["mcp__crm__evil__send", "mcp__crm___send"])
    expect(claudeCode.read(claude(name, {}), through)).toMatchObject({ tool: name });
});

test("a long text is told by its length and digest, so that another one is another call", () => {
  const read = (content: string) => claudeCode.read(claude("Write", { file_path: "/a", content }), through);
  const [one, other] = [read("x".repeat(40_000)), read(`${"x".repeat(39_999)}y`)];
  expect(one).toMatchObject({ arguments: { content: { omitted: "text", length: 40_000 } } });
  expect(one).not.toEqual(other);
});

/** https://developers.openai.com/codex/hooks, "PreToolUse". */
test("Codex's patch names the files that it changes", () => {
  const patch = "*** Begin Patch\n*** Update File: a.ts\n*** Move to: b.ts\n*** Delete File: /c.ts\n*** End Patch";
  const message = {
    session_id: "s",
    transcript_path: null,
    cwd: "/w",
    hook_event_name: "PreToolUse",
    model: "m",
    turn_id: "t",
    tool_name: "apply_patch",
    tool_use_id: "u",
    tool_input: { command: patch },
  };
  expect(codex.read(message, through)).toEqual({
    tool: "write_file",
    arguments: { command: patch, paths: ["/w/a.ts", "/w/b.ts", "/c.ts"] },
    session: "s",
    folder: "/w",
  });
  expect(codex.read({ ...message, tool_name: "Bash", tool_input: { command: "ls" } }, through)).toMatchObject({
    tool: "bash",
    arguments: { command: "ls", destinations: [] },
  });
});

/** https://code.visualstudio.com/docs/copilot/customization/hooks, "PreToolUse input". */
test("VS Code's names and files are read", () => {
  const message = {
    timestamp: "2026-02-09T10:30:00.000Z",
    cwd: "/w",
    sessionId: "v",
    hookEventName: "PreToolUse",
    tool_name: "editFiles",
    tool_input: { files: ["src/main.ts"] },
    tool_use_id: "tool-123",
  };
  expect(vscode.read(message, through)).toEqual({
    tool: "write_file",
    arguments: { path: "/w/src/main.ts" },
    session: "v",
    folder: "/w",
  });
  expect(
    vscode.read({ ...message, tool_name: "run_in_terminal", tool_input: { command: "ls", explanation: "x" } }, through),
  ).toMatchObject({ tool: "bash", arguments: { command: "ls", destinations: [] } });
});

test.each([
  [{ hook_event_name: "PostToolUse" }],
  [{ tool_name: 7 }],
  [{ tool_input: "x" }],
  [{ tool_input: {} }],
  [{ session_id: {} }],
])("refuses a message with %j", (wrong) => {
  const message = { ...claude("Bash", { command: "ls" }), ...wrong } as JsonObject;
  expect(() => claudeCode.read(message, through)).toThrow(HookFailure);
});

test("a denial has the documented form, and an allow leaves the client's own question to it", () => {
  const input = claude("Bash", { command: "ls" });
  expect(claudeCode.answer({ effect: "allow" }, input)).toEqual({ stdout: "", stderr: "", exit: 0 });
  const denied = claudeCode.answer({ effect: "deny", reason: "no" }, input);
  expect(denied).toMatchObject({ stderr: "", exit: 0 });
  expect(JSON.parse(denied.stdout)).toEqual({
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: "deny",
      permissionDecisionReason: "no",
    },
  });
  expect(claudeCode.answer({ effect: "deny", reason: "no" }, null)).toEqual({ stdout: "", stderr: "no", exit: 2 });
});
