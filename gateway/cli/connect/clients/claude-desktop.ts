import { join } from "node:path";
import type { ConnectClient } from "../client.ts";
import { applicationFolder } from "../places.ts";
import { serverEntries } from "./common.ts";

/**
 * https://modelcontextprotocol.io/docs/develop/connect-local-servers. Its file has servers that are commands; a URL goes into the
 * settings of the application. So a server is reached through `mcp-remote`, which signs in by OAuth.
 */
export const claudeDesktop: ConnectClient = {
  title: "Claude Desktop",
  scopes: ["user"],
  hasHook: false,
  plan(connecting) {
    const { places, tokenVariable } = connecting;
    const command = (url: string) => ({ command: "npx", args: ["-y", "mcp-remote", url] });
    return {
      edits: [
        {
          format: "json",
          path: join(applicationFolder(places, "Claude"), "claude_desktop_config.json"),
          entries: serverEntries("mcpServers", { ...connecting, tokenVariable: null }, command, String),
        },
      ],
      notes: [
        "Instead of this file: Settings, Connectors, Add custom connector, and the URL.",
        "It has no hooks: what it executes itself is not asked about.",
        ...(tokenVariable === null ? [] : ["It signs in by OAuth; --token-env is not used."]),
      ],
    };
  },
  managed: null,
};
