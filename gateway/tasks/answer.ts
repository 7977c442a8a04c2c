import { EventReader } from "../lib/event-stream.ts";
import { parseExact, isJsonObject, type JsonObject } from "../lib/json.ts";
import type { TaskAnswer } from "../domain/tasks.ts";
import { decisionMeta, mcpAnswer } from "../act/respond/mcp.ts";
import type { CallerError } from "../act/respond/refusal-wording.ts";
import { parseJson } from "../lib/parse-json.ts";

/**
 * The one answer to the request with this id, out of what the tool server sent: a JSON object, or an event stream with
 * messages before it. Null when there is none. Numbers stay as they were written.
 */
export function findAnswer(text: string, contentType: string, rpcId: string | number): TaskAnswer | null {
  const messages = contentType.startsWith("text/event-stream") ? eventData(text) : [text];
  for (const message of messages) {
    const answer = readAnswer(message, rpcId);
    if (answer !== null) return answer;
  }
  return null;
}

function eventData(text: string): string[] {
  const found: string[] = [];
  const reader = new EventReader({ onEvent: ({ data }) => found.push(data) });
  reader.feed(text);
  reader.end();
  return found;
}

/** @throws SyntaxError */
export function readAnswer(text: string, rpcId: string | number): TaskAnswer | null {
  if (text.trim() === "") return null;
  const message = parseExact(text);
  if (!isJsonObject(message) || message["id"] !== rpcId) return null;
  if (isJsonObject(message["result"])) return { result: message["result"] };
  return isJsonObject(message["error"]) ? { error: message["error"] } : null;
}

/** What the gateway itself has to say about a call, as that call's own answer. */
export function answerOfError(error: CallerError, modern: boolean): TaskAnswer {
  const message = parseJson(mcpAnswer(error, { id: 0, method: "tools/call", modern })) as JsonObject;
  return isJsonObject(message["result"])
    ? { result: message["result"] }
    : { error: isJsonObject(message["error"]) ? message["error"] : {} };
}

/** The same as a JSON-RPC error: for what is no result of the tool, such as a gateway that stopped. */
export function errorAnswer(error: CallerError): TaskAnswer {
  const message = parseJson(mcpAnswer(error, { id: 0, method: "tasks/get", modern: false })) as JsonObject;
  return { error: isJsonObject(message["error"]) ? message["error"] : {} };
}

/** What the gateway says of its own decision, when it was the gateway that answered; a tool server could say the same. */
export function errorIn(answer: TaskAnswer): { readonly code: string; readonly retryable: boolean } | null {
  const holder = "result" in answer ? answer.result["_meta"] : answer.error;
  const data = isJsonObject(holder) ? holder["result" in answer ? decisionMeta : "data"] : undefined;
  if (!isJsonObject(data) || typeof data["code"] !== "string") return null;
  return { code: data["code"], retryable: data["retryable"] === true };
}

/** The id of the task that the tool server made of the call itself; null when it answered. */
export function upstreamTaskOf(answer: TaskAnswer, modern: boolean): string | null {
  if (!("result" in answer)) return null;
  const { result } = answer;
  const task = modern ? (result["resultType"] === "task" ? result : undefined) : result["task"];
  const id = isJsonObject(task) ? task["taskId"] : undefined;
  return typeof id === "string" ? id : null;
}

/** The text that a model would read of a result; "" when it has none. */
export function textOf(answer: TaskAnswer): string {
  if ("error" in answer) return String(answer.error["message"] ?? "");
  const { content } = answer.result;
  if (!Array.isArray(content)) return "";
  return content
    .flatMap((part) => (isJsonObject(part) && typeof part["text"] === "string" ? [part["text"]] : []))
    .join("\n");
}
