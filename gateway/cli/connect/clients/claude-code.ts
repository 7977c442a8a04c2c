import { join } from "node:path";
import type { JsonObject } from "../../../lib/json.ts";
import type { ConnectClient, Connecting } from "../client.ts";
import type { JsonEntry, Plan } from "../edits.ts";
import { type Places, systemPath } from "../places.ts";
import { hookEntry, hookingOf, serverEntries } from "./common.ts";

/** https://code.claude.com/docs/en/mcp, /hooks, /settings, /managed-mcp */
export const claudeCode: ConnectClient = {
  title: "Claude Code",
  scopes: ["project", "user"],
  hasHook: true,
  plan(connecting) {
    const { scope, places } = connecting;
    const mcp = scope === "project" ? join(places.project, ".mcp.json") : join(places.home, ".claude.json");
    const settings = join(scope === "project" ? places.project : places.home, ".claude", "settings.json");
    return {
      edits: [
        { format: "json", path: mcp, entries: servers(connecting) },
        { format: "json", path: settings, entries: hooks(connecting) },
      ],
      notes: scope === "user" ? ["Claude Code keeps its own state in .claude.json: end it before."] : [],
    };
  },
  managed(connecting): Plan {
    const { servers: served, places, hook } = connecting;
    const only: JsonEntry[] = [
      // Without a hook of ours it would switch off those of the users, and nothing would ask.
      ...(hook === null ? [] : [{ kind: "set", path: ["allowManagedHooksOnly"], value: true } as const]),
      { kind: "set", path: ["allowManagedMcpServersOnly"], value: true },
      { kind: "set", path: ["allowedMcpServers"], value: served.map(({ url }) => ({ serverUrl: url })) },
      { kind: "set", path: ["permissions", "disableBypassPermissionsMode"], value: "disable" },
    ];
    return {
      edits: [
        { format: "json", path: inManaged(places, "managed-settings.json"), entries: [...hooks(connecting), ...only] },
        { format: "json", path: inManaged(places, "managed-mcp.json"), entries: servers(connecting) },
      ],
      notes: [],
    };
  },
};

function servers(connecting: Connecting): JsonEntry[] {
  return serverEntries(
    "mcpServers",
    connecting,
    (url) => ({ type: "http", url }),
    (name) => `\${${name}}`,
  );
}

/** `onFailure`: also a hook that cannot be started, or that is too late, blocks the call (from 2.1.295 on). */
function hooks(connecting: Connecting): JsonEntry[] {
  const hooking = hookingOf("claude-code", connecting);
  if (hooking === null) return [];
  const hook: JsonObject = { type: "command", command: hooking.command, timeout: hooking.timeout, onFailure: "block" };
  return [hookEntry("PreToolUse", { hooks: [hook] })];
}

function inManaged(places: Places, file: string): string {
  return systemPath(places, {
    linux: `/etc/claude-code/${file}`,
    darwin: `/Library/Application Support/ClaudeCode/${file}`,
    win32: `C:\\Program Files\\ClaudeCode\\${file}`,
  });
}
