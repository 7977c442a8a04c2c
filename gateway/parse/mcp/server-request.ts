import { Refusal } from "../../domain/errors.ts";
import type { Exchange, PendingServerRequest } from "../../domain/exchange.ts";
import type { McpMessage, ServerRequestKind, ToolCall } from "../../domain/tool-call.ts";
import type { Awaitable } from "../../lib/awaitable.ts";
import { withoutMeta } from "./subject.ts";

type Parse = (exchange: Exchange) => Awaitable<ToolCall>;

/** What a server may ask its client (MCP 2025-11-25 and 2026-07-28, client features). */
const kinds: ReadonlyMap<string, ServerRequestKind> = new Map([
  ["sampling/createMessage", "sampling"],
  ["elicitation/create", "elicitation"],
  ["roots/list", "roots"],
]);

/**
 * Requests of a server that ask nothing of the model or the person: liveness, and the state of what the client does for it
 * (MCP 2025-11-25, tasks of clients).
 */
const ofProtocol: ReadonlySet<string> = new Set("ping tasks/get tasks/result tasks/list tasks/cancel".split(" "));

/** Whether policy has to judge a request of a server; what is of no known method counts, and is refused then. */
export function asksSomething(method: string): boolean {
  return !ofProtocol.has(method);
}

/** Whether this is what a server may ask its client. */
export function isAskedOfClients(method: string): boolean {
  return kinds.has(method);
}

/** `parse` that also reads what tool servers ask. */
export function withServerRequests(parse: Parse): Parse {
  return (exchange) =>
    exchange.serverRequest === undefined ? parse(exchange) : serverRequestCall(exchange.serverRequest);
}

/** What a tool server asks, as policy sees it. @throws Refusal mcp_method_unknown */
function serverRequestCall({ within, id, method, params, tool }: PendingServerRequest): ToolCall {
  const { route, request, mcp } = within.call;
  const resourceType = kinds.get(method);
  if (resourceType === undefined || mcp === null)
    throw new Refusal("mcp_method_unknown", { hint: "not a method of servers" });
  const omitted = route.body.policy === "omit";
  return {
    route,
    request,
    action: method,
    resourceType,
    name: route.server,
    arguments: omitted ? {} : withoutMeta(params),
    argumentsRead: null,
    argumentsOmitted: omitted,
    beside: {},
    declaredIntent: null,
    declaredSession: within.call.declaredSession,
    declaredTrace: within.call.declaredTrace,
    preferWait: null,
    idempotencyKey: null,
    definition: null,
    mcp: asked(mcp, id, method),
    serverRequest: { tool },
  };
}

function asked(within: McpMessage, id: string | number, method: string): McpMessage {
  const { era, version, transportSession, sealed, acceptsEventStream } = within;
  const session = { transportSession, ...(sealed !== undefined && { sealed }) };
  const none = { progressToken: null, tasks: null };
  return { era, version, ...session, acceptsEventStream, kind: "request", id, method, ...none };
}
