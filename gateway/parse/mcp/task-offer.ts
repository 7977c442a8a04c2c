import { isJsonObject } from "../../lib/json.ts";
import { tasksExtension } from "../../domain/tasks.ts";
import type { McpVersion, TaskOffer } from "../../domain/tool-call.ts";
import { CAPABILITIES_META } from "./modern.ts";
import type { RpcMessage } from "./rpc.ts";
import { modernVersion } from "./version-header.ts";

/** Tasks as part of the protocol itself, tried out in one version only. */
const augmentingVersion = "2025-11-25" satisfies McpVersion;

/** How this request says that a task may be its answer. Each request speaks for itself: nothing is remembered of earlier ones. */
export function readTaskOffer(version: McpVersion, message: RpcMessage): TaskOffer | null {
  if (message.kind !== "request") return null;
  if (version === modernVersion) return declaresExtension(message) ? { kind: "extension" } : null;
  const { task } = message.params;
  if (version !== augmentingVersion || message.method !== "tools/call" || !isJsonObject(task)) return null;
  const { ttl } = task;
  return { kind: "augmented", ttlMs: typeof ttl === "number" && Number.isFinite(ttl) ? ttl : null };
}

/** MCP Tasks extension, "Capability Negotiation": in the capabilities of every single request. */
function declaresExtension({ meta }: RpcMessage): boolean {
  const capabilities = meta?.[CAPABILITIES_META];
  const extensions = isJsonObject(capabilities) ? capabilities["extensions"] : undefined;
  return isJsonObject(extensions) && isJsonObject(extensions[tasksExtension]);
}
