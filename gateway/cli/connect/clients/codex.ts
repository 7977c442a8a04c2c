import { dirname, join } from "node:path";
import { stringify } from "smol-toml";
import type { ConnectClient, Connecting } from "../client.ts";
import type { JsonEntry } from "../edits.ts";
import { systemPath } from "../places.ts";
import { type Hooking, hookEntry, hookingOf } from "./common.ts";

/** https://developers.openai.com/codex/mcp, /codex/hooks, /codex/enterprise/managed-configuration */
export const codex: ConnectClient = {
  title: "Codex CLI",
  scopes: ["project", "user"],
  hasHook: true,
  plan(connecting) {
    const { scope, places, hook } = connecting;
    const folder = scope === "project" ? join(places.project, ".codex") : places.codexHome;
    return {
      edits: [
        { format: "toml", path: join(folder, "config.toml"), head: "", tables: servers(connecting) },
        { format: "json", path: join(folder, "hooks.json"), entries: hooks(connecting) },
      ],
      notes: hook === null ? [] : ["Codex runs a new hook only after you have trusted it: type /hooks in Codex."],
    };
  },
  managed(connecting) {
    const path = systemPath(connecting.places, {
      linux: "/etc/codex/requirements.toml",
      darwin: "/etc/codex/requirements.toml",
      win32: "C:\\ProgramData\\OpenAI\\Codex\\requirements.toml",
    });
    const identities = connecting.servers.map(({ name, url }) => [name, { identity: { url } }] as const);
    const hooking = hookingOf("codex", connecting);
    const tables = {
      ...(hooking === null ? {} : { features: { hooks: true }, hooks: managedHooks(hooking) }),
      mcp_servers: Object.fromEntries(identities),
    };
    // Without a hook of ours it would switch off those of the users, and nothing would ask.
    const head = hooking === null ? "" : "allow_managed_hooks_only = true";
    return {
      edits: [{ format: "toml", path, head, tables: stringify(tables) }],
      notes: ["Codex then uses no other MCP servers than these; each user still adds them: sallyport connect codex."],
    };
  },
};

function servers({ servers: served, tokenVariable }: Connecting): string {
  const token = tokenVariable === null ? {} : { bearer_token_env_var: tokenVariable };
  const tables = served.map(({ name, url }) => [name, { url, ...token }] as const);
  return tables.length === 0 ? "" : stringify({ mcp_servers: Object.fromEntries(tables) });
}

function hooks(connecting: Connecting): JsonEntry[] {
  const hooking = hookingOf("codex", connecting);
  return hooking === null ? [] : [hookEntry("PreToolUse", { hooks: [{ type: "command", ...hooking }] })];
}

/** `managed_dir`: the folder of what the hooks start, which users may not be able to write to. */
function managedHooks(hooking: Hooking) {
  return { managed_dir: dirname(process.execPath), PreToolUse: [{ hooks: [{ type: "command", ...hooking }] }] };
}
