import type { JsonObject, JsonValue } from "../../../lib/json.ts";
import type { Connecting, ServedRoute } from "../client.ts";
import type { JsonEntry } from "../edits.ts";
import { hookCommand, hookTimeoutS } from "../hook-command.ts";

/** The servers below one key, each as the client writes it. */
export function serverEntries(
  key: string,
  { servers, tokenVariable }: Pick<Connecting, "servers" | "tokenVariable">,
  serverOf: (url: string) => JsonObject,
  variable: (name: string) => string,
): JsonEntry[] {
  const headers = tokenVariable === null ? {} : { headers: { Authorization: `Bearer ${variable(tokenVariable)}` } };
  return servers.map(({ name, url }) => ({ kind: "set", path: [key, name], value: { ...serverOf(url), ...headers } }));
}

/** An item that is added to a list below `hooks`. */
export function hookEntry(event: string, value: JsonValue): JsonEntry {
  return { kind: "append", path: ["hooks", event], value };
}

export interface Hooking {
  /** A shell command that ends with 0 or 2. */
  readonly command: string;
  /** Seconds. */
  readonly timeout: number;
}

/** The hook of this client; null when none is wanted. */
export function hookingOf(client: string, { hook, servers, places }: Connecting): Hooking | null {
  if (hook === null) return null;
  const names = servers.map(({ name }: ServedRoute) => name);
  return { command: hookCommand(client, names, hook, places.system), timeout: hookTimeoutS(hook) };
}
