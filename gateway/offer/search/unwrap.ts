import { Refusal } from "../../domain/errors.ts";
import type { Exchange } from "../../domain/exchange.ts";
import type { DefinitionLedger } from "../../domain/ports.ts";
import type { ToolSearch } from "../../domain/route.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { encodeMirrored, mirroredArgument } from "../../domain/tool-definitions.ts";
import type { Awaitable } from "../../lib/awaitable.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../lib/json.ts";
import { readQuery, readWrapped, type Wrapped } from "./own-tools.ts";

type Parse = (exchange: Exchange) => Promise<ToolCall>;

/**
 * Of routes that offer a search. A call of one of the gateway's own tools is written anew as what it stands for, a call of
 * the real tool or a request for the list of tools, and that is read from its first byte, as if its caller had sent it: everything
 * that follows, from the judgement to the tool server, sees the request that was written and no other.
 */
export function toolSearch(
  parse: Parse,
  definitions: Pick<DefinitionLedger, "mirrored">,
): (exchange: Exchange, call: ToolCall) => Awaitable<ToolCall> {
  return function unwrap(exchange, call) {
    const search = call.route.toolSearch ?? null;
    if (search === null) return call;
    if (exchange.toolQuery !== undefined) return asSearch(exchange, call);
    if (call.action !== "tools/call") return call;
    if (call.name === search.searchAs) return searched(parse, exchange, call);
    return call.name === search.callAs ? unwrapped(parse, exchange, call, { search, definitions }) : call;
  };
}

async function searched(parse: Parse, exchange: Exchange, call: ToolCall): Promise<ToolCall> {
  const query = readQuery(call.arguments);
  if (typeof query === "string") return unfit(call, query);
  const { params, ...message } = messageOf(call);
  const body = { ...message, method: "tools/list", params: "_meta" in params ? { _meta: params["_meta"] } : {} };
  exchange.toolQuery = query;
  replace(exchange, body, (name, value) => (name === "mcp-name" ? [] : [name === "mcp-method" ? "tools/list" : value]));
  return asSearch(exchange, await parse(exchange));
}

/** To its caller it stays the call of a tool, and is refused like one. */
function asSearch({ context, toolQuery }: Exchange, call: ToolCall): ToolCall {
  if (context.rpc !== null) context.rpc = { ...context.rpc, method: "tools/call" };
  return toolQuery === undefined ? call : { ...call, toolQuery };
}

interface UnwrapOptions {
  readonly search: ToolSearch;
  readonly definitions: Pick<DefinitionLedger, "mirrored">;
}

async function unwrapped(
  parse: Parse,
  exchange: Exchange,
  call: ToolCall,
  { search, definitions }: UnwrapOptions,
): Promise<ToolCall> {
  const { params, ...message } = messageOf(call);
  const args = params["arguments"];
  const wrapped = readWrapped(search, isJsonObject(args) ? args : {});
  if (typeof wrapped === "string") return unfit(call, wrapped);
  const { arguments: _wrapping, ...others } = params;
  replace(
    exchange,
    { ...message, params: { ...others, ...wrapped } },
    (name, value) => [name === "mcp-name" ? encodeMirrored(wrapped.name) : value],
    await mirroring(call, wrapped, definitions),
  );
  return parse(exchange);
}

/**
 * The headers that repeat arguments of the real tool: its caller has not seen its inputSchema in a list, and cannot know them.
 * Those that it sent all the same stay, and are compared like any other.
 */
async function mirroring(
  { mcp, route, request, arguments: wrapping }: ToolCall,
  { name }: Wrapped,
  definitions: Pick<DefinitionLedger, "mirrored">,
): Promise<string[]> {
  if (mcp?.era !== "modern") return [];
  const mirrored =
    (await definitions.mirrored(route.server, name, mcp.version)) ?? new Map<string, readonly string[]>();
  return [...mirrored].flatMap(([header, path]) => {
    const value = mirroredArgument(wrapping, ["arguments", ...path]);
    if (value === undefined || request.headers.some(([given]) => given === header)) return [];
    return [header, encodeMirrored(typeof value === "string" ? value : JSON.stringify(value))];
  });
}

function unfit(call: ToolCall, hint: string): ToolCall {
  return { ...call, unfit: { refusal: new Refusal("tool_arguments_invalid", { hint }), ofOwnTool: true } };
}

/** Every number keeps its spelling. */
function messageOf({ request }: ToolCall): JsonObject & { readonly params: JsonObject } {
  return parseExact(request.body.toString()) as JsonObject & { readonly params: JsonObject };
}

/** Puts another message in the place of the one that came. `values`: of each header of the protocol, its new values. */
function replace(
  exchange: Exchange,
  message: JsonObject,
  values: (name: string, value: string) => readonly string[],
  added: readonly string[] = [],
): void {
  const { req, headers: raw = req.rawHeaders } = exchange;
  const headers: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = "", value = ""] = [raw[at], raw[at + 1]];
    for (const one of values(name.toLowerCase(), value)) headers.push(name, one);
  }
  exchange.body = Buffer.from(JSON.stringify(message));
  exchange.headers = [...headers, ...added];
}
