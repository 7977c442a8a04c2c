import { hookClients } from "../../../../../gateway/cli/hook/clients/clients.ts";
import { cursor } from "../../../../../gateway/cli/hook/clients/cursor.ts";
import { gemini } from "../../../../../gateway/cli/hook/clients/gemini.ts";
import { windsurf } from "../../../../../gateway/cli/hook/clients/windsurf.ts";
import { HookFailure } from "../../../../../gateway/cli/hook/local-call.ts";
import { toolCall } from "../../../../../gateway/cli/hook/tool-calls.ts";
import type { JsonObject } from "../../../../../gateway/lib/json.ts";

const through = { gateway: "https://gw.example", servers: new Set(["crm"]) };
const denial = { effect: "deny", reason: "no" } as const;

/** https://cursor.com/docs/hooks */
describe("Cursor", () => {
  const common = {
    conversation_id: "conv-123",
    generation_id: "gen-456",
    workspace_roots: ["/path/to/project"],
    model: "m",
    cursor_version: "2.0.77",
    user_email: null,
    transcript_path: null,
  };
  const read = (message: object) => cursor.read({ ...common, ...message }, through);
  const place = { session: "conv-123", folder: "/path/to/project" };

  it("asks about shell commands, files that are read, and tools of MCP servers by their own events", () => {
    expect(read({ hook_event_name: "beforeShellExecution", command: "npm i", cwd: "" })).toEqual({
      tool: "bash",
      arguments: { command: "npm i", destinations: [] },
      ...place,
    });
    expect(read({ hook_event_name: "beforeReadFile", file_path: "/p/.env", content: "K=1", attachments: [] })).toEqual({
      tool: "read_file",
      arguments: { path: "/p/.env" },
      ...place,
    });
    const mcp = { hook_event_name: "beforeMCPExecution", tool_name: "query", tool_input: '{"q":"x"}' };
    expect(read({ ...mcp, command: "npx server" })).toEqual({
      tool: "mcp__query",
      arguments: { q: "x" },
      ...place,
    });
    expect(read({ ...mcp, url: "https://gw.example/mcp/crm" })).toHaveProperty("notAsked");
    expect(read({ ...mcp, url: "https://gw.example.evil.example/mcp/crm" })).toMatchObject({ tool: "mcp__query" });
  });

  it("asks about every other tool before it is used", () => {
    const event = { hook_event_name: "preToolUse", tool_use_id: "t", cwd: "/p" };
    expect(read({ ...event, tool_name: "Write", tool_input: { file_path: "a", content: "b" } })).toMatchObject({
      tool: "write_file",
      arguments: { content: "b", path: "/p/a" },
    });
    expect(read({ ...event, tool_name: "Task", tool_input: { task: "x" } })).toMatchObject({ tool: "Task" });
    for (const tool_name of ["Shell", "Read", "MCP:query"])
      expect(read({ ...event, tool_name, tool_input: {} })).toHaveProperty("notAsked");
  });

  it("is answered with a permission", () => {
    const allowed = cursor.answer({ effect: "allow" }, {});
    expect([JSON.parse(allowed.stdout), allowed.exit]).toEqual([{ permission: "allow" }, 0]);
    const denied = cursor.answer(denial, {});
    expect(JSON.parse(denied.stdout)).toEqual({ permission: "deny", user_message: "no", agent_message: "no" });
    expect(cursor.answer(denial, null)).toEqual({ stdout: "", stderr: "no", exit: 2 });
  });

  it.each([
    [{ hook_event_name: "afterFileEdit" }],
    [{ hook_event_name: "toString" }],
    [{ hook_event_name: "beforeShellExecution" }],
    [{ hook_event_name: "beforeMCPExecution", tool_name: "q", tool_input: "[]" }],
  ])("refuses a message with %j", (message) => {
    expect(() => read(message)).toThrow(HookFailure);
  });
});

/** https://geminicli.com/docs/hooks/reference */
describe("Gemini CLI", () => {
  const message = (tool_name: string, tool_input: object, more: object = {}) =>
    ({
      session_id: "g",
      transcript_path: "/t.json",
      cwd: "/w",
      hook_event_name: "BeforeTool",
      timestamp: "2026-02-09T10:30:00.000Z",
      tool_name,
      tool_input,
      ...more,
    }) as JsonObject;

  it("asks in the words of all clients", () => {
    const read = (...args: Parameters<typeof message>) => gemini.read(message(...args), through);
    expect(read("run_shell_command", { command: "curl a.example", description: "d", directory: "sub" })).toEqual({
      tool: "bash",
      arguments: { command: "curl a.example", destinations: ["a.example"], folder: "sub" },
      session: "g",
      folder: "/w",
    });
    expect(read("replace", { file_path: "a", old_string: "b", new_string: "c" })).toMatchObject({
      tool: "write_file",
      arguments: { path: "/w/a" },
    });
    expect(read("read_many_files", { include: ["a", "b"] })).toMatchObject({ arguments: { paths: ["/w/a", "/w/b"] } });
    expect(read("read_file", { file_path: "a", absolute_path: "/etc/shadow" })).toMatchObject({
      arguments: { paths: ["/w/a", "/etc/shadow"] },
    });
    expect(read("read_many_files", { path: "a", include: ["../b"] })).toMatchObject({
      arguments: { paths: ["/w/a", "/b"] },
    });
    const beside = { url: "https://ok.example/", urls: ["https://ok.example/"] };
    expect(read("web_fetch", { ...beside, prompt: "sum up https://evil.example/?d=1" })).toMatchObject({
      arguments: { url: "https://ok.example/", urls: ["https://evil.example/?d=1"] },
    });
    expect(read("web_fetch", { prompt: "sum up https://a.example/x please" })).toMatchObject({
      tool: "web_fetch",
      arguments: { urls: ["https://a.example/x"] },
    });
    expect(read("google_web_search", { query: "q" })).toMatchObject({ tool: "web_search", arguments: { query: "q" } });
  });

  it("does not ask about the gateway's own servers, which it knows by their address where it is told", () => {
    const context = (url: string) => ({ mcp_context: { server_name: "crm", tool_name: "t", url } });
    expect(gemini.read(message("mcp__crm__t", {}), through)).toHaveProperty("notAsked");
    const here = message("mcp__crm__t", {}, context("https://gw.example/mcp/crm"));
    expect(gemini.read(here, through)).toHaveProperty("notAsked");
    const elsewhere = message("mcp__crm__t", {}, context("https://evil.example/mcp"));
    expect(gemini.read(elsewhere, through)).toMatchObject({ tool: "mcp__crm__t" });
    const command = message("read_file", {}, { mcp_context: { server_name: "files", tool_name: "read_file" } });
    expect(gemini.read(command, through)).toMatchObject({ tool: "mcp__files__read_file", arguments: {} });
  });

  it("is answered with a decision", () => {
    expect(JSON.parse(gemini.answer({ effect: "allow" }, {}).stdout)).toEqual({ decision: "allow" });
    expect(JSON.parse(gemini.answer(denial, {}).stdout)).toEqual({ decision: "deny", reason: "no" });
    expect(gemini.answer(denial, null)).toEqual({ stdout: "", stderr: "no", exit: 2 });
  });

  it("refuses another event", () => {
    expect(() => gemini.read(message("x", {}, { hook_event_name: "AfterTool" }), through)).toThrow(HookFailure);
  });
});

/** https://docs.windsurf.com/windsurf/cascade/hooks */
describe("Windsurf", () => {
  const read = (agent_action_name: string, tool_info: JsonObject) =>
    windsurf.read({ agent_action_name, trajectory_id: "w", execution_id: "e", timestamp: "t", tool_info }, through);

  it("asks about commands, files and tools of MCP servers", () => {
    expect(read("pre_run_command", { command_line: "ls", cwd: "/w" })).toEqual({
      tool: "bash",
      arguments: { command: "ls", destinations: [] },
      session: "w",
      folder: "/w",
    });
    expect(read("pre_read_code", { file_path: "/a" })).toMatchObject({ tool: "read_file", arguments: { path: "/a" } });
    expect(read("pre_write_code", { file_path: "/a", edits: [{ old_string: "b", new_string: "c" }] })).toMatchObject({
      tool: "write_file",
      arguments: { path: "/a", edits: [{ old_string: "b", new_string: "c" }] },
    });
    const mcp = { mcp_server_name: "git", mcp_tool_name: "push", mcp_tool_arguments: { a: 1 } };
    expect(read("pre_mcp_tool_use", mcp)).toMatchObject({ tool: "mcp__git__push", arguments: { a: 1 } });
    expect(read("pre_mcp_tool_use", { ...mcp, mcp_server_name: "crm" })).toHaveProperty("notAsked");
  });

  it("is blocked by exit code 2 alone", () => {
    expect(windsurf.answer({ effect: "allow" }, {})).toEqual({ stdout: "", stderr: "", exit: 0 });
    expect(windsurf.answer(denial, {})).toEqual({ stdout: "", stderr: "no", exit: 2 });
    expect(() => read("post_run_command", {})).toThrow(HookFailure);
  });
});

test("every client's refusal of a message that nobody could read is exit code 2", () => {
  for (const client of Object.values(hookClients))
    expect(client.answer(denial, null)).toEqual({ stdout: "", stderr: "no", exit: 2 });
});

test("a file tool without a file, and a fetch without an address, are refused", () => {
  const place = { session: null, folder: null };
  expect(() => toolCall("write_file", "Write", {}, place)).toThrow("names no file");
  expect(() => toolCall("web_fetch", "WebFetch", {}, place)).toThrow(HookFailure);
  expect(toolCall("read_file", "Read", { path: "a" }, place).arguments).toEqual({ path: "/a" });
});

test("a tool that a client has under a common name is read as the common one", () => {
  const place = { session: null, folder: null };
  expect(toolCall(null, "bash", { command: "curl a.example" }, place).arguments).toMatchObject({
    destinations: ["a.example"],
  });
  expect(() => toolCall(null, "bash", { script: "curl a.example" }, place)).toThrow(HookFailure);
});
