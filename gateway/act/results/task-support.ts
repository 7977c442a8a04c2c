import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { aboutOneTask, tasksExtension } from "../../domain/tasks.ts";
import { mcpAnswer } from "../respond/mcp.ts";
import { errorOfRefusal } from "../respond/refusal-wording.ts";
import type { ToolCall } from "../../domain/tool-call.ts";

/** One JSON-RPC message as the caller gets it. */
export type Rewrite = (message: JsonObject) => JsonObject;

/** Offers of the tool server stay as they are; the gateway's come beside them. */
const ownOffer = { list: {}, cancel: {} };

/** What the gateway says of its tasks in the answer that opens a conversation; null for every other message. */
export function announcement({ route, action }: ToolCall): Rewrite | null {
  if (!route.hold.tasks) return null;
  if (action === "initialize") return inResult(withCapability);
  return action === "server/discover" ? inResult(withExtension) : null;
}

/** Only in MCP 2025-11-25 does each tool say whether its calls may be tasks. */
export function listedTool({ route, mcp }: ToolCall): (tool: JsonObject) => JsonObject {
  return route.hold.tasks && mcp?.version === "2025-11-25" ? mayBeTask : (tool) => tool;
}

/** Whether the tool server makes tasks of this tool's calls itself. */
export function makesTasks(definition: JsonObject | null): boolean {
  const execution = definition?.["execution"];
  const support = isJsonObject(execution) ? execution["taskSupport"] : undefined;
  return support === "optional" || support === "required";
}

const methodNotFound = -32601;

/**
 * What a caller gets in the place of this answer to a question about a task: the tool server knows no such method, but the gateway
 * offers tasks, so what is unknown is the task. Null for every other answer.
 */
export function unknownTaskAnswer({ call, decisionId }: EvaluatedCall, answer: unknown): string | null {
  const { route, action, mcp } = call;
  if (mcp === null || !route.hold.tasks || !aboutOneTask.has(action)) return null;
  const error = isJsonObject(answer) ? answer["error"] : undefined;
  if (!isJsonObject(error) || error["code"] !== methodNotFound) return null;
  const unknownTask = errorOfRefusal(new Refusal("task_unknown"), decisionId);
  return mcpAnswer(unknownTask, { id: mcp.id, method: action, modern: mcp.era === "modern" });
}

function inResult(change: (result: JsonObject) => JsonObject): Rewrite {
  return (message) => (isJsonObject(message["result"]) ? { ...message, result: change(message["result"]) } : message);
}

/** Capability `tasks` of MCP 2025-11-25: only when that is what both sides agree on. */
function withCapability(result: JsonObject): JsonObject {
  if (result["protocolVersion"] !== "2025-11-25") return result;
  const capabilities = objectAt(result, "capabilities");
  const tasks = objectAt(capabilities, "tasks");
  const requests = objectAt(tasks, "requests");
  const tools = { ...objectAt(requests, "tools"), call: {} };
  return {
    ...result,
    capabilities: { ...capabilities, tasks: { ...ownOffer, ...tasks, requests: { ...requests, tools } } },
  };
}

function withExtension(result: JsonObject): JsonObject {
  const capabilities = objectAt(result, "capabilities");
  const extensions = { ...objectAt(capabilities, "extensions"), [tasksExtension]: {} };
  return { ...result, capabilities: { ...capabilities, extensions } };
}

function mayBeTask(tool: JsonObject): JsonObject {
  if (makesTasks(tool)) return tool;
  return { ...tool, execution: { ...objectAt(tool, "execution"), taskSupport: "optional" } };
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}
