import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import { isJsonObject, type JsonValue } from "../lib/json.ts";
import type { CanonicalRequest, McpMessage, ToolCall } from "../domain/tool-call.ts";
import type { Head } from "./head.ts";
import { readJson } from "./json/read-json.ts";
import { acceptsEventStream } from "./mcp/accept.ts";
import { readLegacy } from "./mcp/legacy.ts";
import { resourceTypeOf } from "./mcp/methods.ts";
import { claimsModern, readModern } from "./mcp/modern.ts";
import { addressOf, readMessage, type RpcMessage, singleMessage } from "./mcp/rpc.ts";
import { readOwnTask } from "./mcp/own-task.ts";
import { readSubjectMatter } from "./mcp/subject-matter.ts";
import { readTaskOffer } from "./mcp/task-offer.ts";
import { readTransportCall } from "./mcp/transport.ts";
import { modernVersion, readVersionHeader } from "./mcp/version-header.ts";
import { readStated, readTransportSession } from "./stated.ts";

/**
 * Reads one message of MCP's Streamable HTTP transport.
 * Sets `exchange.trail.rpc` as soon as id and method can be told.
 * @throws Refusal json_*, rpc_*, mcp_*, method_refused, type_refused, header_refused
 */
export function readMcpCall(head: Head, request: CanonicalRequest, exchange: Exchange): ToolCall {
  refuseOtherEndpoint(head);
  if (head.method !== "POST") return readTransportCall(head, request);
  if (request.contentType !== "application/json") {
    throw new Refusal("type_refused", { hint: "MCP messages are application/json" });
  }
  const body = singleMessage(readJson(request.body, head.route.body.limits).value);
  const modern = isModern(head, body);
  const address = addressOf(body);
  if (address !== null) exchange.context.rpc = { ...address, modern };
  return toolCall(head, request, readMessage(body), modern);
}

/**
 * An MCP server is one endpoint (MCP 2025-11-25, "Streamable HTTP"). Another path below it, or a query, would reach the
 * tool server under the name of protocol traffic, with no rule that reads it.
 */
function refuseOtherEndpoint({ target, route }: Head): void {
  const hint = "an MCP endpoint is its route's prefix, without more path or a query";
  if (withoutSlash(target.path) !== withoutSlash(route.prefix) || target.query.length > 0) {
    throw new Refusal("route_unknown", { hint });
  }
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

/** The body's own claim or the header says it; a body and a header that disagree are refused further on. */
function isModern(head: Head, body: Readonly<Record<string, JsonValue>>): boolean {
  const meta = isJsonObject(body.params) ? body.params._meta : undefined;
  if (isJsonObject(meta) && claimsModern(meta)) return true;
  return head.headers.one("mcp-protocol-version") === modernVersion && body.method !== "initialize";
}

function toolCall(head: Head, request: CanonicalRequest, message: RpcMessage, modern: boolean): ToolCall {
  const named = readVersionHeader(head.headers);
  const version = (modern ? readModern : readLegacy)(head.headers, named, message);
  // The stateless era has no transport session; a header of that name means nothing and is not passed on.
  const transportSession = modern ? null : readTransportSession(head.headers);
  const type = message.kind === "response" ? "server" : resourceTypeOf(message.method, version);
  const tasks = readTaskOffer(version, message);
  const matter = readOwnTask(head.route, message, modern, tasks) ?? readSubjectMatter(type, message, head.route.server);
  const omitted = head.route.body.policy === "omit";
  const mcp: McpMessage = {
    era: modern ? "modern" : "legacy",
    version,
    kind: message.kind,
    id: message.id,
    method: message.method,
    progressToken: message.progressToken,
    transportSession,
    acceptsEventStream: acceptsEventStream(head.headers),
    tasks,
  };
  return {
    route: head.route,
    request: modern ? withoutSession(request) : request,
    action: message.method,
    ...matter,
    arguments: omitted ? {} : matter.arguments,
    argumentsRead: null,
    argumentsOmitted: omitted,
    ...readStated(head.headers, message.meta, transportSession),
    definition: null,
    mcp,
  };
}

function withoutSession(request: CanonicalRequest): CanonicalRequest {
  return { ...request, headers: request.headers.filter(([name]) => name !== "mcp-session-id") };
}
