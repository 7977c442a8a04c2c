import { join } from "node:path";
import type { ConnectClient, Connecting } from "../client.ts";
import type { JsonEntry } from "../edits.ts";
import { applicationFolder } from "../places.ts";
import { hookEntry, hookingOf, serverEntries } from "./common.ts";

/** https://code.visualstudio.com/docs/copilot/customization/mcp-servers, /hooks (preview) */
export const vscode: ConnectClient = {
  title: "VS Code",
  scopes: ["project", "user"],
  hasHook: true,
  plan(connecting) {
    const { scope, places } = connecting;
    const mcp =
      scope === "project"
        ? join(places.project, ".vscode", "mcp.json")
        : join(applicationFolder(places, "Code"), "User", "mcp.json");
    const hooks =
      scope === "project"
        ? join(places.project, ".github", "hooks", "sallyport.json")
        : join(places.home, ".copilot", "hooks", "sallyport.json");
    return {
      edits: [
        {
          format: "json",
          path: mcp,
          entries: serverEntries(
            "servers",
            connecting,
            (url) => ({ type: "http", url }),
            (name) => `\${env:${name}}`,
          ),
        },
        { format: "json", path: hooks, entries: hookEntries(connecting) },
      ],
      notes:
        connecting.hook === null
          ? []
          : ["Hooks of VS Code are a preview; look at them in the diagnostics of its chat."],
    };
  },
  managed: null,
};

function hookEntries(connecting: Connecting): JsonEntry[] {
  const hooking = hookingOf("vscode", connecting);
  if (hooking === null) return [];
  const value = { type: "command", command: hooking.command, timeout: hooking.timeout };
  return [{ kind: "set", path: ["version"], value: 1 }, hookEntry("PreToolUse", value)];
}
