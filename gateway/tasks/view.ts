import type { Approval } from "../domain/approval.ts";
import { renamedText } from "../domain/exchange.ts";
import { type JsonObject, type JsonValue, parseExact } from "../lib/json.ts";
import type { Route } from "../domain/route.ts";
import type { McpTask, TaskAnswer } from "../domain/tasks.ts";
import { textOf } from "./answer.ts";

type Era = "legacy" | "modern";
type Status = "working" | "completed" | "failed" | "cancelled";

/**
 * Where a task stands, in the words of the era that asks. A tool's own error is `failed` in MCP 2025-11-25 ("Task Execution
 * Errors") and `completed` in the extension, where `failed` is for JSON-RPC errors alone.
 */
export function statusOf({ state, answer }: McpTask, era: Era): Status {
  if (state === "cancelled") return "cancelled";
  if (state !== "answered" || answer === null) return "working";
  if ("error" in answer) return "failed";
  return era === "legacy" && answer.result["isError"] === true ? "failed" : "completed";
}

/** For the person or model that reads it: what it waits for, or why it failed. */
export function messageOf(task: McpTask, approval: Approval | null, era: Era): string {
  switch (task.state) {
    case "waiting":
      return approval === null || approval.state === "approved"
        ? "Approved; it is executed when asked about."
        : waits(approval);
    case "running":
      return "The call is being executed.";
    case "relayed":
      return "The tool server is working on it.";
    case "cancelled":
      return task.note ?? "The task was cancelled by its caller.";
    case "answered": {
      const failed = statusOf(task, era) === "failed" && task.answer !== null;
      return task.note ?? (failed ? textOf(task.answer) : "The call was executed.");
    }
  }
}

function waits({ id, approve_by, requirement }: Approval): string {
  const summary = /[.!?]$/.test(requirement.summary) ? requirement.summary : `${requirement.summary}.`;
  return `Waiting for human approval ${id}, open until ${new Date(approve_by).toISOString()}: ${summary} Not executed yet.`;
}

/** `Task` of MCP 2025-11-25, or of the extension: the same facts under two spellings. */
export function taskObject(task: McpTask, approval: Approval | null, era: Era, route: Route): JsonObject {
  const poll = pollMs(task, route);
  const ttl = task.expires - task.created;
  return {
    taskId: task.id,
    status: statusOf(task, era),
    statusMessage: messageOf(task, approval, era),
    createdAt: new Date(task.created).toISOString(),
    lastUpdatedAt: new Date(task.changed).toISOString(),
    ...(era === "legacy" ? { ttl, pollInterval: poll } : { ttlMs: ttl, pollIntervalMs: poll }),
  };
}

/** People take minutes; a call that runs takes seconds. */
function pollMs({ state }: McpTask, { hold }: Route): number {
  return state === "waiting" ? Math.min(5_000, hold.progressEveryMs) : 1_000;
}

/** What `tasks/get` says: in the extension it carries the result or the error itself. */
export function detailOf(task: McpTask, approval: Approval | null, era: Era, route: Route): JsonObject {
  const object = taskObject(task, approval, era, route);
  if (era === "legacy") return object;
  const answer = task.state === "answered" && task.answer !== null ? task.answer : {};
  return { resultType: "complete", ...object, ...answer };
}

/** What a call is answered with when it became a task. `about` is the gateway's own data. */
export function created(
  task: McpTask,
  approval: Approval | null,
  era: Era,
  route: Route,
  about: JsonObject,
): JsonObject {
  const object = taskObject(task, approval, era, route);
  if (era === "modern") return { resultType: "task", ...object, _meta: about };
  // A host may hand this to the model at once and let the task go on (MCP 2025-11-25, tasks).
  const said = { "io.modelcontextprotocol/model-immediate-response": String(object["statusMessage"]) };
  return { task: object, _meta: { ...said, ...about } };
}

/** What a caller hears of its task, with the name that it has called in the place of one that was made up (`act/hidden/`). */
export function asCalled<Said extends JsonValue | TaskAnswer>({ request }: Pick<McpTask, "request">, said: Said): Said {
  const { renaming } = request;
  return renaming === undefined ? said : (parseExact(renamedText(JSON.stringify(said), renaming)) as Said);
}

/** MCP 2025-11-25: what `tasks/result` brings says of which task it is. */
export function related(result: JsonObject, taskId: string): JsonObject {
  const meta = typeof result["_meta"] === "object" && result["_meta"] !== null ? result["_meta"] : {};
  return { ...result, _meta: { ...meta, "io.modelcontextprotocol/related-task": { taskId } } };
}
