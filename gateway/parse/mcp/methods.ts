import { Refusal } from "../../domain/errors.ts";
import type { McpVersion, ToolCall } from "../../domain/tool-call.ts";

/** Tasks are methods of the whole server; that one is about a task of the gateway only its id tells. */
export type MethodSubject = Exclude<ToolCall["resourceType"], "task">;

/** Every message a client may send, with the versions that have it and what it is about. */
interface Method {
  readonly about: MethodSubject;
  readonly since: McpVersion;
  /** The last version that has it; null when it lives on. */
  readonly until: McpVersion | null;
}

const lastLegacy = "2025-11-25";

const methods: ReadonlyMap<string, Method> = new Map([
  known("initialize", "server", "2025-03-26", lastLegacy),
  known("ping", "server", "2025-03-26", lastLegacy),
  known("server/discover", "server", "2026-07-28"),
  known("tools/list", "server"),
  known("tools/call", "tool"),
  known("prompts/list", "server"),
  known("prompts/get", "prompt"),
  known("resources/list", "server"),
  known("resources/templates/list", "server"),
  known("resources/read", "resource"),
  known("resources/subscribe", "resource", "2025-03-26", lastLegacy),
  known("resources/unsubscribe", "resource", "2025-03-26", lastLegacy),
  known("subscriptions/listen", "server", "2026-07-28"),
  known("completion/complete", "server"),
  known("logging/setLevel", "server", "2025-03-26", lastLegacy),
  known("tasks/get", "server", "2025-11-25"),
  known("tasks/cancel", "server", "2025-11-25"),
  known("tasks/list", "server", "2025-11-25", lastLegacy),
  known("tasks/result", "server", "2025-11-25", lastLegacy),
  known("tasks/update", "server", "2026-07-28"),
  known("notifications/initialized", "server", "2025-03-26", lastLegacy),
  known("notifications/cancelled", "server"),
  known("notifications/progress", "server", "2025-03-26", lastLegacy),
  known("notifications/roots/list_changed", "server", "2025-03-26", lastLegacy),
  known("notifications/tasks/status", "server", "2025-11-25", lastLegacy),
]);

function known(
  name: string,
  about: Method["about"],
  since: McpVersion = "2025-03-26",
  until: McpVersion | null = null,
): [string, Method] {
  return [name, { about, since, until }];
}

/** What a method of this version is about. @throws Refusal mcp_method_unknown */
export function resourceTypeOf(name: string, version: McpVersion): MethodSubject {
  const method = methods.get(name);
  // Versions are dates, so their order as text is their order in time.
  if (method === undefined || version < method.since || (method.until !== null && version > method.until)) {
    throw new Refusal("mcp_method_unknown", { hint: `not a client's method in MCP ${version}` });
  }
  return method.about;
}
