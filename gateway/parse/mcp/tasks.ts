import { Refusal } from "../../domain/errors.ts";
import type { Route } from "../../domain/route.ts";
import { ownTaskPrefix, tasksExtension } from "../../domain/tasks.ts";
import type { McpVersion, TaskOffer } from "../../domain/tool-call.ts";
import { isJsonObject } from "../../lib/json.ts";
import type { RpcMessage } from "./rpc.ts";
import { type SubjectMatter, withoutMeta } from "./subject.ts";
import { CAPABILITIES_META, modernVersion } from "./versions.ts";

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

const aboutOneTask: ReadonlySet<string> = new Set(["tasks/get", "tasks/result", "tasks/update", "tasks/cancel"]);

/**
 * A question about the gateway's own tasks, by the prefix of their ids; null for one about a tool server's. The list is
 * the gateway's alone: behind its one credential a tool server would list everybody's.
 * @throws Refusal mcp_capability_missing when the stateless era asks without naming the extension
 */
export function readOwnTask(
  route: Route,
  message: RpcMessage,
  modern: boolean,
  offer: TaskOffer | null,
): SubjectMatter | null {
  if (!route.hold.tasks || message.kind !== "request") return null;
  const { taskId } = message.params;
  const one = aboutOneTask.has(message.method) && typeof taskId === "string" && taskId.startsWith(ownTaskPrefix);
  if (!one && message.method !== "tasks/list") return null;
  if (modern && offer === null) throw new Refusal("mcp_capability_missing");
  return { resourceType: "task", name: one ? taskId : "*", arguments: withoutMeta(message.params), beside: {} };
}
