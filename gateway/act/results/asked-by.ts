import { Refusal } from "../../domain/errors.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { isJsonObject } from "../../lib/json.ts";
import type { ServerMessage } from "./server-message.ts";

/** request: of the server itself (before MCP 2026-07-28). inputs: the answer is a result that asks for more. */
export type Asked = "request" | "inputs";

/** The methods whose result may ask for input (MCP 2026-07-28, "Multi Round-Trip Requests"). */
export const mayAsk: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read"]);

/**
 * What a message of the tool server asks its caller; null for nothing.
 * @throws Refusal upstream_answer_refused for a result in a form that this request has not declared: clients that do not know it take it
 * for an empty success
 */
export function askedBy({ mcp, action }: ToolCall, { kind, message }: ServerMessage): Asked | null {
  if (kind === "request") return "request";
  const { result } = message;
  if (kind !== "answer" || !isJsonObject(result)) return null;
  const { resultType } = result;
  if (resultType === "input_required") {
    if (mcp?.era !== "modern") undeclared("input_required, which MCP before 2026-07-28 has not");
    if (!mayAsk.has(action)) undeclared(`input_required as the answer to ${action}`);
    return "inputs";
  }
  if (resultType === "task" && mcp?.tasks?.kind !== "extension") undeclared("a task that the request did not declare");
  return null;
}

function undeclared(detail: string): never {
  throw new Refusal("upstream_answer_refused", { detail, hint: detail });
}
