import { join } from "node:path";
import type { ConnectClient, Connecting } from "../client.ts";
import type { JsonEntry } from "../edits.ts";
import { systemPath } from "../places.ts";
import { hookEntry, hookingOf, serverEntries } from "./common.ts";

const events = ["beforeShellExecution", "beforeMCPExecution", "beforeReadFile", "preToolUse"];

/** https://cursor.com/docs/context/mcp, /docs/hooks */
export const cursor: ConnectClient = {
  title: "Cursor",
  scopes: ["project", "user"],
  hasHook: true,
  plan(connecting) {
    const { scope, places } = connecting;
    const folder = join(scope === "project" ? places.project : places.home, ".cursor");
    return {
      edits: [
        {
          format: "json",
          path: join(folder, "mcp.json"),
          entries: serverEntries(
            "mcpServers",
            connecting,
            (url) => ({ url }),
            (name) => `\${env:${name}}`,
          ),
        },
        { format: "json", path: join(folder, "hooks.json"), entries: hooks(connecting) },
      ],
      notes: [],
    };
  },
  managed: (connecting) => ({
    edits: [
      {
        format: "json",
        path: systemPath(connecting.places, {
          linux: "/etc/cursor/hooks.json",
          darwin: "/Library/Application Support/Cursor/hooks.json",
          win32: "C:\\ProgramData\\Cursor\\hooks.json",
        }),
        entries: hooks(connecting),
      },
    ],
    notes: [
      "Which MCP servers Cursor may use is set in its team dashboard; other servers are asked about by the hook.",
    ],
  }),
};

function hooks(connecting: Connecting): JsonEntry[] {
  const hooking = hookingOf("cursor", connecting);
  if (hooking === null) return [];
  const value = { command: hooking.command, timeout: hooking.timeout, failClosed: true };
  return [{ kind: "set", path: ["version"], value: 1 }, ...events.map((event) => hookEntry(event, value))];
}
