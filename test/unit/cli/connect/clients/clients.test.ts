import { join } from "node:path";
import type { Connecting, Scope } from "../../../../../gateway/cli/connect/client.ts";
import { connectClients } from "../../../../../gateway/cli/connect/clients/clients.ts";
import type { Edit } from "../../../../../gateway/cli/connect/edits.ts";
import { readJson, putIntoJson } from "../../../../../gateway/cli/connect/files/json-file.ts";
import { putIntoToml, readToml } from "../../../../../gateway/cli/connect/files/toml-file.ts";
import { hookCommand, startHere } from "../../../../../gateway/cli/connect/hook-command.ts";
import { applicationFolder, type Places, placesHere, systemPath } from "../../../../../gateway/cli/connect/places.ts";

const places: Places = {
  system: "linux",
  home: "/h",
  project: "/p",
  root: "",
  state: "/s",
  appData: "/h/roaming",
  codexHome: "/h/.codex",
};
const hook = {
  gateway: "https://gw.example",
  token: "env:T",
  console: null,
  waitS: 45,
  server: "local",
  start: "sallyport",
};
const connecting: Connecting = {
  scope: "user",
  servers: [{ name: "crm", url: "https://gw.example/mcp/crm" }],
  tokenVariable: null,
  hook,
  places,
};

const commandOf = (client: string) =>
  `sallyport hook ${client} --gateway https://gw.example --token env:T --wait 45 --through crm || exit 2`;

/** What a file would hold that was not there before. */
function written(edit: Edit): unknown {
  return edit.format === "json"
    ? readJson(putIntoJson("", edit).text, edit.path)
    : readToml(putIntoToml("", edit), edit.path);
}

function filesOf(client: string, changes: Partial<Connecting> = {}): Record<string, unknown> {
  const plan = connectClients[client]?.plan({ ...connecting, ...changes });
  return Object.fromEntries((plan?.edits ?? []).map((edit) => [edit.path, written(edit)]));
}

const url = "https://gw.example/mcp/crm";
const claudeHook = (client: string, more: object = {}) => ({
  hooks: { PreToolUse: [{ hooks: [{ type: "command", command: commandOf(client), timeout: 65, ...more }] }] },
});
const cursorHook = { command: commandOf("cursor"), timeout: 65, failClosed: true };
const windsurfHook = { command: commandOf("windsurf"), show_output: true };
const cursorHooks = {
  version: 1,
  hooks: {
    beforeShellExecution: [cursorHook],
    beforeMCPExecution: [cursorHook],
    beforeReadFile: [cursorHook],
    preToolUse: [cursorHook],
  },
};
const windsurfHooks = {
  hooks: {
    pre_run_command: [windsurfHook],
    pre_read_code: [windsurfHook],
    pre_write_code: [windsurfHook],
    pre_mcp_tool_use: [windsurfHook],
  },
};
const geminiSettings = {
  mcpServers: { crm: { httpUrl: url } },
  hooks: {
    BeforeTool: [
      {
        matcher: ".*",
        hooks: [{ type: "command", name: "sallyport", command: commandOf("gemini"), timeout: 65_000 }],
      },
    ],
  },
};
const vscodeHooks = {
  version: 1,
  hooks: { PreToolUse: [{ type: "command", command: commandOf("vscode"), timeout: 65 }] },
};

it.each<[string, Scope, Record<string, unknown>]>([
  [
    "claude-code",
    "user",
    {
      "/h/.claude.json": { mcpServers: { crm: { type: "http", url } } },
      "/h/.claude/settings.json": claudeHook("claude-code", { onFailure: "block" }),
    },
  ],
  [
    "claude-code",
    "project",
    {
      "/p/.mcp.json": { mcpServers: { crm: { type: "http", url } } },
      "/p/.claude/settings.json": claudeHook("claude-code", { onFailure: "block" }),
    },
  ],
  [
    "claude-desktop",
    "user",
    {
      "/h/.config/Claude/claude_desktop_config.json": {
        mcpServers: { crm: { command: "npx", args: ["-y", "mcp-remote", url] } },
      },
    },
  ],
  ["cursor", "user", { "/h/.cursor/mcp.json": { mcpServers: { crm: { url } } }, "/h/.cursor/hooks.json": cursorHooks }],
  [
    "cursor",
    "project",
    { "/p/.cursor/mcp.json": { mcpServers: { crm: { url } } }, "/p/.cursor/hooks.json": cursorHooks },
  ],
  [
    "vscode",
    "user",
    {
      "/h/.config/Code/User/mcp.json": { servers: { crm: { type: "http", url } } },
      "/h/.copilot/hooks/sallyport.json": vscodeHooks,
    },
  ],
  [
    "vscode",
    "project",
    {
      "/p/.vscode/mcp.json": { servers: { crm: { type: "http", url } } },
      "/p/.github/hooks/sallyport.json": vscodeHooks,
    },
  ],
  [
    "codex",
    "user",
    { "/h/.codex/config.toml": { mcp_servers: { crm: { url } } }, "/h/.codex/hooks.json": claudeHook("codex") },
  ],
  [
    "codex",
    "project",
    { "/p/.codex/config.toml": { mcp_servers: { crm: { url } } }, "/p/.codex/hooks.json": claudeHook("codex") },
  ],
  ["gemini", "user", { "/h/.gemini/settings.json": geminiSettings }],
  ["gemini", "project", { "/p/.gemini/settings.json": geminiSettings }],
  [
    "windsurf",
    "user",
    {
      "/h/.codeium/windsurf/mcp_config.json": { mcpServers: { crm: { serverUrl: url } } },
      "/h/.codeium/windsurf/hooks.json": windsurfHooks,
    },
  ],
  ["windsurf", "project", { "/p/.windsurf/hooks.json": windsurfHooks }],
])("%s, %s scope: its files have what its documentation says", (client, scope, files) => {
  expect(filesOf(client, { scope })).toEqual(files);
});

it.each([
  ["claude-code", "/h/.claude.json", { headers: { Authorization: "Bearer ${TOKEN}" } }],
  ["cursor", "/h/.cursor/mcp.json", { headers: { Authorization: "Bearer ${env:TOKEN}" } }],
  ["codex", "/h/.codex/config.toml", { bearer_token_env_var: "TOKEN" }],
  ["gemini", "/h/.gemini/settings.json", { headers: { Authorization: "Bearer ${TOKEN}" } }],
  ["windsurf", "/h/.codeium/windsurf/mcp_config.json", { headers: { Authorization: "Bearer ${env:TOKEN}" } }],
])("%s gets a token by the name of a variable, in its own words", (client, file, more) => {
  const { mcpServers, mcp_servers } = filesOf(client, { tokenVariable: "TOKEN" })[file] as Record<string, object>;
  expect((mcpServers ?? mcp_servers) as object).toMatchObject({ crm: more });
});

const managed: [string, Record<string, unknown>][] = [
  [
    "claude-code",
    {
      "/etc/claude-code/managed-settings.json": {
        ...claudeHook("claude-code", { onFailure: "block" }),
        allowManagedHooksOnly: true,
        allowManagedMcpServersOnly: true,
        allowedMcpServers: [{ serverUrl: url }],
        permissions: { disableBypassPermissionsMode: "disable" },
      },
      "/etc/claude-code/managed-mcp.json": { mcpServers: { crm: { type: "http", url } } },
    },
  ],
  ["cursor", { "/etc/cursor/hooks.json": cursorHooks }],
  [
    "codex",
    {
      "/etc/codex/requirements.toml": {
        allow_managed_hooks_only: true,
        features: { hooks: true },
        hooks: { managed_dir: expect.any(String) as unknown, ...claudeHook("codex").hooks },
        mcp_servers: { crm: { identity: { url } } },
      },
    },
  ],
  ["gemini", { "/etc/gemini-cli/settings.json": { ...geminiSettings, mcp: { allowed: ["crm"] } } }],
  ["windsurf", { "/etc/windsurf/hooks.json": windsurfHooks }],
];

it.each(managed)("%s: settings of the machine keep its users from going past the gateway", (client, files) => {
  const edits = connectClients[client]?.managed?.(connecting).edits ?? [];
  expect(Object.fromEntries(edits.map((edit) => [edit.path, written(edit)]))).toEqual(files);
});

it.each(managed)("%s: without a hook, settings of the machine do not switch off the hooks of users", (client) => {
  const edits = connectClients[client]?.managed?.({ ...connecting, hook: null }).edits ?? [];
  const text = JSON.stringify(edits.map((edit) => written(edit)));
  expect(text).not.toMatch(/hooks/i);
});

it("claude-desktop and vscode have no such settings in a file", () => {
  expect([connectClients["claude-desktop"]?.managed, connectClients["vscode"]?.managed]).toEqual([null, null]);
});

it("writes no hook where none is wanted", () => {
  for (const client of Object.keys(connectClients))
    expect(JSON.stringify(filesOf(client, { hook: null }))).not.toContain("hook ");
  expect(() => filesOf("windsurf", { hook: null, scope: "project" })).toThrow("for a user alone");
});

it("quotes what a shell would take apart, and turns every failure into 2", () => {
  const odd = { ...hook, token: "file:/a b/it's", console: "https://c.example", server: "desk" };
  expect(hookCommand("codex", [], odd, "linux")).toBe(
    `sallyport hook codex --gateway https://gw.example --token 'file:/a b/it'\\''s' --wait 45 --console https://c.example --server desk || exit 2`,
  );
  expect(hookCommand("codex", [], { ...hook, token: "file:C:/a b" }, "win32")).toContain(
    '"file:C:/a b" --wait 45 || exit /b 2',
  );
  expect(startHere("linux")).toMatch(/main\.ts$/);
});

it("knows where each system has its files", () => {
  const paths = { linux: "/etc/x", darwin: "/Library/x", win32: "C:\\ProgramData\\x" };
  expect(systemPath(places, paths)).toBe("/etc/x");
  expect(systemPath({ ...places, root: "/image" }, paths)).toBe("/image/etc/x");
  expect(systemPath({ ...places, system: "darwin" }, paths)).toBe("/Library/x");
  expect(applicationFolder({ ...places, system: "darwin" }, "Claude")).toBe("/h/Library/Application Support/Claude");
  expect(applicationFolder({ ...places, system: "win32" }, "Claude")).toBe("/h/roaming/Claude");
  expect(placesHere("p", "")).toMatchObject({ project: join(process.cwd(), "p"), root: "" });
});
