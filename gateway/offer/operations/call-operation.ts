import { asRefusal, Refusal } from "../../domain/errors.ts";
import { type Exchange, newContext } from "../../domain/exchange.ts";
import type { Route } from "../../domain/route.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import type { Awaitable } from "../../lib/awaitable.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../lib/json.ts";
import { roundOf } from "../../parse/mcp/request-states.ts";
import { isEncrypted, standIn } from "../../tasks/stored-request.ts";
import type { Offered, OfferedOperation } from "./describe.ts";
import { type MeantRequest, meantRequest, UnfitArguments } from "./encode.ts";

type Parse = (exchange: Exchange) => Promise<ToolCall>;

export interface CallOperationDeps {
  /** What a route offers whose tools are operations. */
  readonly offeredBy: (route: Route) => Offered;
  /** Whether a value fits a schema. */
  readonly fits: (schema: JsonObject, value: JsonObject) => boolean;
}

/**
 * On routes whose tools are the operations of an HTTP route: the call of a tool becomes the HTTP request that its arguments
 * mean; that request is read from its first byte by the same reader, as if its caller had sent it to the HTTP route, and what was read is compared with what
 * was meant. It is judged and sent, and the caller is answered in MCP.
 */
export function operationCalls(
  parse: Parse,
  { offeredBy, fits }: CallOperationDeps,
): (exchange: Exchange, call: ToolCall) => Awaitable<ToolCall> {
  return function callOperation(exchange, call) {
    const http = call.route.operationsOf;
    if (http === undefined || call.action !== "tools/call") return call;
    const operation = offeredBy(call.route).operations.get(call.name);
    return operation === undefined ? call : asOperation(exchange, call, { http, operation });
  };

  async function asOperation(
    exchange: Exchange,
    call: ToolCall,
    { http, operation }: Omit<Meant, "meant">,
  ): Promise<ToolCall> {
    try {
      const meant = meantRequest(operation, argumentsOf(call));
      const read = await readRequest(parse, exchange, { http, operation, meant });
      const outputSchema = operation.outputSchema;
      return asCalled(call, read, {
        message: call.request.body,
        bodyIsWhole: operation.body?.isWhole === true,
        promised: outputSchema === null ? null : (answer) => fits(outputSchema, answer),
      });
    } catch (thrown) {
      return { ...call, definition: operation.definition, unfit: { refusal: unfit(thrown), ofOwnTool: false } };
    }
  }
}

/** Every number keeps its spelling. */
function argumentsOf({ request }: ToolCall): JsonObject {
  const { params } = parseExact(request.body.toString()) as JsonObject;
  const args = isJsonObject(params) ? params["arguments"] : undefined;
  return isJsonObject(args) ? args : {};
}

interface Meant {
  readonly http: Route;
  readonly operation: OfferedOperation;
  readonly meant: MeantRequest;
}

/** @throws Refusal what the HTTP route refuses, UnfitArguments when something else was read than was meant */
async function readRequest(parse: Parse, exchange: Exchange, { http, operation, meant }: Meant): Promise<ToolCall> {
  const { req, context } = exchange;
  const { contentType, body, headers } = meant;
  const raw = ["Host", hostOf(exchange), "Accept", "application/json, */*;q=0.5", ...headers.flat()];
  if (contentType !== null) raw.push("Content-Type", contentType);
  const request = { method: operation.method, url: callersTarget(http, meant.target), headers: raw, body };
  const { taskText: _text, toolQuery: _query, headers: _headers, ...others } = exchange;
  const inner = standIn({ ...request, era: "legacy", rpc_id: 0 }, isEncrypted(req));
  const read = await parse({ ...others, req: inner, body, context: newContext({ ...context, request: inner }) });
  assertMeant(read, { http, operation, meant });
  return read;
}

function hostOf({ req, headers: raw = req.rawHeaders }: Exchange): string {
  const at = raw.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === "host");
  return raw[at + 1] ?? "";
}

/** The same below the prefix by which callers reach the HTTP route. */
function callersTarget({ prefix, upstreamPrefix }: Route, target: string): string {
  return `${prefix.replace(/\/$/, "")}${target.slice(upstreamPrefix.replace(/\/$/, "").length)}`;
}

/** @throws UnfitArguments */
function assertMeant({ route, name, request, arguments: args }: ToolCall, { http, operation, meant }: Meant): void {
  const same =
    route === http &&
    name === operation.name &&
    request.method === operation.method &&
    meant.path.every(([parameter, value]) => args[parameter] === value) &&
    JSON.stringify(request.query) === JSON.stringify(meant.query) &&
    meant.headers.every(
      ([header, value]) =>
        args[header] === value &&
        request.headers.some(([given, text]) => given === header.toLowerCase() && text === value),
    ) &&
    request.body.equals(meant.body);
  if (!same) throw new UnfitArguments("they lead to another operation of the server");
}

function unfit(thrown: unknown): Refusal {
  if (thrown instanceof UnfitArguments) return new Refusal("tool_arguments_invalid", { hint: thrown.message });
  const { code, hint, status } = asRefusal(thrown);
  // What is no refusal of the request is a fault of the gateway.
  if (status >= 500) return asRefusal(thrown);
  return new Refusal("tool_arguments_invalid", { hint: hint === null ? code : `${code}: ${hint}` });
}

/** What is judged and sent is the HTTP request; who asks, and in which form it hears the answer, is the MCP message's. */
function asCalled(call: ToolCall, read: ToolCall, operation: NonNullable<ToolCall["operation"]>): ToolCall {
  const { route, mcp, declaredIntent, declaredSession, declaredTrace, preferWait } = call;
  const asked = { route, mcp, declaredIntent, declaredSession, declaredTrace, preferWait };
  return { ...read, ...asked, ...roundOf(call), operation };
}
