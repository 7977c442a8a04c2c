import { join } from "node:path";
import { CliFailure, exits } from "../../common/verb.ts";
import type { ConnectClient, Connecting } from "../client.ts";
import type { Edit, JsonEntry } from "../edits.ts";
import { systemPath } from "../places.ts";
import { hookEntry, hookingOf, serverEntries } from "./common.ts";

const events = ["pre_run_command", "pre_read_code", "pre_write_code", "pre_mcp_tool_use"];

/** https://docs.windsurf.com/windsurf/cascade/mcp, /cascade/hooks */
export const windsurf: ConnectClient = {
  title: "Windsurf",
  scopes: ["project", "user"],
  hasHook: true,
  plan(connecting) {
    const { scope, places, hook } = connecting;
    const folder = join(places.home, ".codeium", "windsurf");
    if (scope === "user")
      return {
        edits: [
          {
            format: "json",
            path: join(folder, "mcp_config.json"),
            entries: serverEntries(
              "mcpServers",
              connecting,
              (serverUrl) => ({ serverUrl }),
              (name) => `\${env:${name}}`,
            ),
          },
          hooksFile(join(folder, "hooks.json"), connecting),
        ],
        notes: [],
      };
    if (hook === null)
      throw new CliFailure(
        exits.negative,
        "connect_scope",
        "Windsurf has MCP servers for a user alone, and hooks for a project too: leave --scope project out.",
      );
    return {
      edits: [hooksFile(join(places.project, ".windsurf", "hooks.json"), connecting)],
      notes: ["Windsurf has MCP servers for a user alone: run it without --scope project for them."],
    };
  },
  managed: (connecting) => ({
    edits: [
      hooksFile(
        systemPath(connecting.places, {
          linux: "/etc/windsurf/hooks.json",
          darwin: "/Library/Application Support/Windsurf/hooks.json",
          win32: "C:\\ProgramData\\Windsurf\\hooks.json",
        }),
        connecting,
      ),
    ],
    notes: [
      "Which MCP servers Windsurf may use is set in its team settings; other servers are asked about by the hook.",
    ],
  }),
};

function hooksFile(path: string, connecting: Connecting): Edit {
  return { format: "json", path, entries: hooks(connecting) };
}

/** Windsurf knows no timeout of a hook. */
function hooks(connecting: Connecting): JsonEntry[] {
  const hooking = hookingOf("windsurf", connecting);
  return hooking === null
    ? []
    : events.map((event) => hookEntry(event, { command: hooking.command, show_output: true }));
}
