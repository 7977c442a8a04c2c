import { Refusal } from "../../domain/errors.ts";
import type { Exchange } from "../../domain/exchange.ts";
import { type SaidTaskText, saidTaskText } from "../../domain/task-text.ts";
import { type CanonicalRequest, digested } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../lib/json.ts";
import type { RpcMessage } from "./rpc.ts";

/** A further part of the task's text, in `_meta` of a request. Who may use it is checked when the caller is known. */
const taskTextMeta = "dev.sallyport/task-text";

/**
 * Takes what a request adds to the text of its task out of it, and puts it into the exchange: whatever is read of the request from
 * now on, stored or sent, is the request without it.
 * @throws Refusal rpc_invalid
 */
export function takeTaskText(message: RpcMessage, request: CanonicalRequest, exchange: Exchange): CanonicalRequest {
  const said = readTaskText(message);
  if (said === null) return request;
  const left = withoutTaskText(request);
  exchange.taskText = exchange.context.taskText = said;
  exchange.body = left.body;
  return left;
}

/**
 * Null when the message has no such key.
 * @throws Refusal rpc_invalid when it is no text, or stands in a message that is no request and would take it along unread
 */
function readTaskText({ kind, params, meta }: RpcMessage): SaidTaskText | null {
  const ofResult = kind === "response" && isJsonObject(params["result"]) ? params["result"]["_meta"] : undefined;
  const holder = isJsonObject(ofResult) ? ofResult : meta;
  if (holder === null || !Object.hasOwn(holder, taskTextMeta)) return null;
  if (kind !== "request") invalid("belongs into a request; send it with the next one");
  const value = holder[taskTextMeta];
  const said = typeof value === "string" ? saidTaskText(value) : null;
  return said ?? invalid("is not a text, or is empty");
}

function invalid(what: string): never {
  throw new Refusal("rpc_invalid", { hint: `_meta ${taskTextMeta} ${what}` });
}

/** Every number keeps its spelling. A `_meta` that held nothing else goes too: the body is that of a client that adds nothing. */
function withoutTaskText(request: CanonicalRequest): CanonicalRequest {
  const { params, ...message } = parseExact(request.body.toString()) as { readonly params: JsonObject };
  const { _meta, ...others } = params;
  const { [taskTextMeta]: _said, ...rest } = _meta as JsonObject;
  const left = Object.keys(rest).length === 0 ? others : { ...params, _meta: rest };
  const body = Buffer.from(JSON.stringify({ ...message, params: left }));
  const { method, target, contentType, namedHeaders } = request;
  return { ...request, ...digested(method, target, contentType, body, namedHeaders), body };
}
