import { join } from "node:path";
import type { ConnectClient, Connecting } from "../client.ts";
import type { JsonEntry } from "../edits.ts";
import { systemPath } from "../places.ts";
import { hookEntry, hookingOf, serverEntries } from "./common.ts";

/** https://geminicli.com/docs/tools/mcp-server, /docs/hooks/reference, /docs/cli/enterprise */
export const gemini: ConnectClient = {
  title: "Gemini CLI",
  scopes: ["project", "user"],
  hasHook: true,
  plan(connecting) {
    const { scope, places } = connecting;
    const path = join(scope === "project" ? places.project : places.home, ".gemini", "settings.json");
    return { edits: [{ format: "json", path, entries: settings(connecting) }], notes: [] };
  },
  managed(connecting) {
    const path = systemPath(connecting.places, {
      linux: "/etc/gemini-cli/settings.json",
      darwin: "/Library/Application Support/GeminiCli/settings.json",
      win32: "C:\\ProgramData\\gemini-cli\\settings.json",
    });
    const names = connecting.servers.map(({ name }) => name);
    const only: JsonEntry[] = [{ kind: "set", path: ["mcp", "allowed"], value: names }];
    return {
      edits: [{ format: "json", path, entries: [...settings(connecting), ...only] }],
      notes: ["The makers of Gemini CLI call this no boundary for a user who can change the machine."],
    };
  },
};

function settings(connecting: Connecting): JsonEntry[] {
  const servers = serverEntries(
    "mcpServers",
    connecting,
    (httpUrl) => ({ httpUrl }),
    (name) => `\${${name}}`,
  );
  const hooking = hookingOf("gemini", connecting);
  if (hooking === null) return servers;
  // Here alone a timeout is in milliseconds.
  const hook = { type: "command", name: "sallyport", command: hooking.command, timeout: hooking.timeout * 1_000 };
  return [...servers, hookEntry("BeforeTool", { matcher: ".*", hooks: [hook] })];
}
