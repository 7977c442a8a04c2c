import { Refusal } from "../../domain/errors.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { foldedKeys, lookalikeIn } from "../../lib/look-alike.ts";
import { isAskedOfClients } from "../../parse/mcp/server-request.ts";
import type { ServerMessage } from "./server-message.ts";

/**
 * request: of the server itself (before MCP 2026-07-28). inputs: the answer is a result that asks for more. notice: a notification tells
 * that a task asks for more. pages: an error sends the caller's person to pages.
 */
export type ServerAsk = "request" | "inputs" | "notice" | "pages";

/** The methods whose result may ask for input (MCP 2026-07-28, "Multi Round-Trip Requests"). */
export const mayAsk: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read"]);

/** MCP 2025-11-25, "URL Elicitation Required Error". */
export const urlElicitationRequired = -32042;

/** Members by which a result, or a task, asks for input. Some clients find them under another spelling, too. */
const askingKeys = foldedKeys(["resultType", "inputRequests", "requestState"]);

/**
 * What a message of the tool server asks its caller; null for nothing.
 * @throws Refusal upstream_answer_refused for a result in a form that this request has not declared: clients that do not know it take it
 * for an empty success; and for a message in which some clients alone find that it asks
 */
export function askedBy(call: ToolCall, { kind, message }: ServerMessage): ServerAsk | null {
  if (kind === "request") return "request";
  if (kind === "notification") return askedByNotice(call, message);
  const { result, error } = message;
  if (sendsToPages(error)) return "pages";
  return isJsonObject(result) ? askedByResult(call, result) : null;
}

const errorKeys = foldedKeys(["code", "data"]);

/** Whether a JSON-RPC error sends the caller's person to pages. @throws Refusal upstream_answer_refused where some clients alone find that */
export function sendsToPages(error: JsonValue = null): boolean {
  if (!isJsonObject(error)) return false;
  assertOneReading(error, "an error", errorKeys);
  return Number(error["code"]) === urlElicitationRequired;
}

const pageKeys = foldedKeys(["elicitations"]);

/** The pages of such an error, each as the params of a request for it. @throws Refusal upstream_answer_refused */
export function pagesOf({ data = null }: JsonObject): readonly JsonValue[] {
  if (!isJsonObject(data)) return [];
  assertOneReading(data, "an error's data", pageKeys);
  const { elicitations = [] } = data;
  return Array.isArray(elicitations) ? elicitations : refuse("elicitations is not an array");
}

function askedByResult(call: ToolCall, result: JsonObject): ServerAsk | null {
  assertOneReading(result, "a result");
  const { mcp, action } = call;
  const { resultType } = result;
  if (resultType === "input_required") {
    if (mcp?.era !== "modern") refuse("input_required, which MCP before 2026-07-28 has not");
    if (!mayAsk.has(action)) refuse(`input_required as the answer to ${action}`);
    return "inputs";
  }
  if (resultType === "task" && mcp?.tasks?.kind !== "extension") refuse("a task that the request did not declare");
  assertNothingWithin(result["result"]);
  if (!Object.hasOwn(result, "inputRequests")) return null;
  const isTask = resultType === "task" || action === "tasks/get";
  return mcp?.era === "modern" && isTask ? "inputs" : refuse("inputRequests in a result that does not ask for input");
}

/** The result of a call that became a task lies within what is said of the task, where nobody asks for anything any more. */
function assertNothingWithin(inner: JsonValue = null): void {
  if (!isJsonObject(inner)) return;
  assertOneReading(inner, "the result of a task");
  if (Object.hasOwn(inner, "inputRequests") || inner["resultType"] === "input_required")
    refuse("the result of a task that asks for input");
}

/** `notifications/tasks` brings a task as `tasks/get` does (Tasks extension, "Task Status Notifications"). */
function askedByNotice({ mcp }: ToolCall, { method, params = null }: JsonObject): ServerAsk | null {
  // Nobody could answer it, and a client that goes by the method alone shows it to its person.
  if (isAskedOfClients(String(method))) refuse("a request of the server without an id");
  if (!isJsonObject(params)) return null;
  assertOneReading(params, "a notification");
  if (!Object.hasOwn(params, "inputRequests")) return null;
  return mcp?.era === "modern" ? "notice" : refuse("inputRequests, which MCP before 2026-07-28 has not");
}

function assertOneReading(object: JsonObject, what: string, keys = askingKeys): void {
  const meant = lookalikeIn(object, keys);
  if (meant !== null) refuse(`a member of ${what} that some clients read as ${meant}`);
  if (Object.hasOwn(object, "__proto__")) refuse(`a member of ${what} that changes what others mean`);
}

function refuse(detail: string): never {
  throw new Refusal("upstream_answer_refused", { detail, hint: detail });
}
