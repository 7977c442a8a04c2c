import { Refusal } from "../../domain/errors.ts";
import { foldedKeys, lookalikeIn } from "../../lib/look-alike.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";

/** One JSON-RPC 2.0 message (https://www.jsonrpc.org/specification), id kept in value and type. */
export interface RpcMessage {
  readonly kind: "request" | "notification" | "response";
  readonly id: string | number | null;
  /** "response" for a response. */
  readonly method: string;
  /** Empty when absent; of a response, its `result` or `error`. */
  readonly params: JsonObject;
  readonly meta: JsonObject | null;
  readonly progressToken: string | number | null;
}

const requestKeys: ReadonlySet<string> = new Set(["jsonrpc", "id", "method", "params"]);
const responseKeys: ReadonlySet<string> = new Set(["jsonrpc", "id", "result", "error"]);
const noParams: JsonObject = {};

/** The single object that a body holds. @throws Refusal rpc_batch, rpc_invalid */
export function singleMessage(body: JsonValue): JsonObject {
  if (Array.isArray(body)) throw new Refusal("rpc_batch");
  if (!isJsonObject(body)) invalid("the body is not an object");
  return body;
}

/** Id and method as far as they can be read, so that a refusal names its request. */
export function addressOf(
  message: JsonObject,
): { readonly id: string | number | null; readonly method: string } | null {
  const { id, method } = message;
  return typeof method === "string" ? { id: isId(id) ? id : null, method } : null;
}

/** @throws Refusal rpc_invalid, json_key_refused */
export function readMessage(message: JsonObject): RpcMessage {
  refuseMessageLookalikes(message);
  if (message.jsonrpc !== "2.0") invalid('jsonrpc is not "2.0"');
  if (!("method" in message)) return readResponse(message);
  refuseOtherKeys(message, requestKeys);
  const { method } = message;
  if (typeof method !== "string") invalid("method is not a string");
  const kind = "id" in message ? "request" : "notification";
  if (kind === "request" && !isId(message.id)) invalid("id is neither a string nor an integer");
  // Lenient servers would execute a call without an id, and no server would answer it.
  if ((kind === "notification") !== method.startsWith("notifications/")) {
    invalid(kind === "request" ? "a notification with an id" : "a request without an id");
  }
  const params = readParams(message);
  const meta = readMeta(params);
  return {
    kind,
    id: isId(message.id) ? message.id : null,
    method,
    params,
    meta,
    progressToken: readProgressToken(meta),
  };
}

function readResponse(message: JsonObject): RpcMessage {
  refuseOtherKeys(message, responseKeys);
  if ("result" in message === "error" in message) invalid("neither a method nor exactly one of result and error");
  if (!isId(message.id)) invalid("id is neither a string nor an integer");
  const { id, jsonrpc: _jsonrpc, ...params } = message;
  if (!isJsonObject(params.result ?? params.error)) invalid("result or error is not an object");
  // The answer of a person or model to the tool server is outgoing data, like arguments.
  return { kind: "response", id, method: "response", params, meta: null, progressToken: null };
}

function readParams(message: JsonObject): JsonObject {
  const { params } = message;
  if (params === undefined) return noParams;
  if (!isJsonObject(params)) invalid("params is not an object");
  refuseParamsLookalikes(params);
  return params;
}

function readMeta(params: JsonObject): JsonObject | null {
  const meta = params._meta;
  if (meta === undefined) return null;
  if (!isJsonObject(meta)) invalid("_meta is not an object");
  refuseMetaLookalikes(meta);
  return meta;
}

function readProgressToken(meta: JsonObject | null): string | number | null {
  const token = meta?.progressToken;
  if (token === undefined) return null;
  if (!isId(token)) invalid("progressToken is neither a string nor an integer");
  return token;
}

function refuseOtherKeys(message: JsonObject, known: ReadonlySet<string>): void {
  for (const key of Object.keys(message)) if (!known.has(key)) invalid("a key that JSON-RPC does not have");
}

/** 0 and "" are ids like any other. */
function isId(value: JsonValue | undefined): value is string | number {
  return typeof value === "string" || Number.isSafeInteger(value);
}

function invalid(hint: string): never {
  throw new Refusal("rpc_invalid", { hint });
}

/**
 * Keys with a meaning in JSON-RPC or MCP. Some parsers match keys without case or after Unicode folding, so they would
 * read a key that only folds to one of these, and the gateway would not (CVE-2026-27896, GHSA-4gph-2hhr-5mwg).
 */
const messageKeys = foldedKeys(["jsonrpc", "id", "method", "params", "result", "error"]);
const paramsKeys = foldedKeys([
  ..."name arguments uri cursor _meta task taskId protocolVersion capabilities clientInfo level ref argument context".split(
    " ",
  ),
  ..."requestId reason progressToken progress total message inputResponses requestState notifications".split(" "),
]);
const metaKeys = foldedKeys([
  "dev.sallyport/task-text",
  ..."progressToken traceparent tracestate baggage dev.sallyport/intent dev.sallyport/session".split(" "),
  ..."protocolVersion clientCapabilities clientInfo logLevel related-task"
    .split(" ")
    .map((name) => `io.modelcontextprotocol/${name}`),
]);

/** @throws Refusal json_key_refused */
function refuseMessageLookalikes(message: JsonObject): void {
  refuseLookalikes(message, messageKeys, "");
}

/** @throws Refusal json_key_refused */
function refuseParamsLookalikes(params: JsonObject): void {
  refuseLookalikes(params, paramsKeys, "/params");
}

/** @throws Refusal json_key_refused */
function refuseMetaLookalikes(meta: JsonObject): void {
  refuseLookalikes(meta, metaKeys, "/params/_meta");
}

function refuseLookalikes(object: JsonObject, reserved: ReadonlyMap<string, string>, where: string): void {
  const meant = lookalikeIn(object, reserved);
  if (meant === null) return;
  throw new Refusal("json_key_refused", {
    hint: `a key in ${where || "the message"} that some parsers read as ${meant}`,
  });
}
