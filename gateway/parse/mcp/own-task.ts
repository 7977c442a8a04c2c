import { Refusal } from "../../domain/errors.ts";
import type { Route } from "../../domain/route.ts";
import { ownTaskPrefix } from "../../domain/tasks.ts";
import type { TaskOffer } from "../../domain/tool-call.ts";
import type { RpcMessage } from "./rpc.ts";
import { type SubjectMatter, withoutMeta } from "./subject-matter.ts";

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
