import type { Exchange } from "../../domain/exchange.ts";
import { digested, type ToolCall } from "../../domain/tool-call.ts";
import type { Awaitable } from "../../lib/awaitable.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../lib/json.ts";

/** Whether the tool server itself makes tasks of calls of this tool. */
export type MakesTasks = (server: string, tool: string) => Promise<boolean>;

/**
 * Takes `params.task` out of a call whose task the gateway makes itself (MCP 2025-11-25): what is judged, approved and
 * sent is a plain call. A tool server that makes no tasks would refuse the call as it came.
 */
export function ownTasks(makesTasks: MakesTasks): (exchange: Exchange, call: ToolCall) => Awaitable<ToolCall> {
  return (_exchange, call) => {
    const { route, mcp, name, operation } = call;
    // What is sent of an operation's call has no such param.
    if (operation !== undefined || call.unfit !== undefined) return call;
    if (mcp?.tasks?.kind !== "augmented" || !route.hold.tasks) return call;
    return makesTasks(route.server, name).then((makes) => (makes ? call : withoutTask(call)));
  };
}

/** Every number keeps its spelling. */
function withoutTask(call: ToolCall): ToolCall {
  const { request, beside } = call;
  const { params, ...message } = parseExact(request.body.toString()) as JsonObject;
  const { task: _task, ...left } = isJsonObject(params) ? params : {};
  const body = Buffer.from(JSON.stringify({ ...message, params: left }));
  const { method, target, contentType, namedHeaders } = request;
  const { task: _offered, ...others } = beside;
  return {
    ...call,
    request: { ...request, ...digested(method, target, contentType, body, namedHeaders), body },
    beside: others,
  };
}
