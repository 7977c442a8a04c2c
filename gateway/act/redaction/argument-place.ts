import type { CalledOperation, ToolCall } from "../../domain/tool-call.ts";
import { isExactNumber, isJsonObject, type JsonObject, type JsonValue, parseExact } from "../../lib/json.ts";
import { isJsonType } from "../../lib/media-type.ts";

/** Where the arguments of a call stand in the bytes that are sent. */
export interface ArgumentPlace {
  /** Those in the body, numbers with their digits; the names are those that policy sees. */
  readonly inBody: JsonObject;
  /** Those that policy sees and that stand elsewhere: in the path or the query, or in a body that is no JSON. */
  readonly elsewhere: JsonObject;
  /** What reaches the tool server beside them, and policy does not see. */
  readonly beside: JsonObject;
  /** The body with other arguments in their place. */
  readonly bodyWith: (args: JsonObject) => JsonValue;
}

/** Pure. The body has been read strictly before. */
export function argumentPlace(call: ToolCall): ArgumentPlace {
  const { request } = call;
  const isJson = request.body.length > 0 && isJsonType(request.contentType ?? "");
  const body = isJson ? (parseExact(request.body.toString()) as JsonValue) : null;
  if (call.operation !== undefined) return inOperation(call.operation, inHttp(call, body, isJson));
  return call.mcp === null ? inHttp(call, body, isJson) : inMessage(call, body);
}

/** In the bytes that are sent as in any HTTP call; what is changed is the message that those are made of. */
function inOperation({ message, bodyIsWhole }: CalledOperation, place: ArgumentPlace): ArgumentPlace {
  const read = parseExact(message.toString()) as JsonObject;
  const params = isJsonObject(read["params"]) ? read["params"] : {};
  const given = isJsonObject(params["arguments"]) ? params["arguments"] : {};
  const beside = Object.entries(given).filter(([name]) => !Object.hasOwn(place.inBody, name));
  const withArguments = (args: JsonObject): JsonObject => ({ ...read, params: { ...params, arguments: args } });
  return {
    ...place,
    bodyWith: (args) =>
      bodyIsWhole
        ? withArguments({ ...given, body: place.bodyWith(args) })
        : withArguments({ ...Object.fromEntries(beside), ...args }),
  };
}

function inHttp(call: ToolCall, body: JsonValue, isJson: boolean): ArgumentPlace {
  const isBare = !isJsonObject(body) || isExactNumber(body);
  const inBody: JsonObject = !isJson || call.argumentsOmitted ? {} : isBare ? { body } : body;
  const elsewhere = Object.entries(call.arguments).filter(([name]) => !Object.hasOwn(inBody, name));
  return {
    inBody,
    elsewhere: Object.fromEntries(elsewhere),
    beside: {},
    bodyWith: (args) => (isBare ? (args["body"] ?? null) : args),
  };
}

const nothing: ArgumentPlace = { inBody: {}, elsewhere: {}, beside: {}, bodyWith: () => null };

/** A message of MCP: the arguments of a tool or prompt; all params of any other request; all that a response says. */
function inMessage({ action, mcp, beside }: ToolCall, message: JsonValue): ArgumentPlace {
  if (!isJsonObject(message)) return nothing;
  if (mcp?.kind === "response") {
    const { jsonrpc, id, ...said } = message;
    return { ...nothing, inBody: said, bodyWith: (args) => ({ jsonrpc: jsonrpc ?? null, id: id ?? null, ...args }) };
  }
  const params = isJsonObject(message["params"]) ? message["params"] : {};
  const withParams = (changed: JsonObject): JsonValue => ({ ...message, params: changed });
  if (action === "tools/call" || action === "prompts/get") {
    const args = params["arguments"];
    const bodyWith = (changed: JsonObject): JsonValue => withParams({ ...params, arguments: changed });
    return { ...nothing, inBody: args !== undefined && isJsonObject(args) ? args : {}, beside, bodyWith };
  }
  const { _meta, ...rest } = params;
  const meta = _meta === undefined ? {} : { _meta };
  return { ...nothing, inBody: rest, bodyWith: (changed) => withParams({ ...changed, ...meta }) };
}
