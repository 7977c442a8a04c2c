import { withArgumentsRead } from "../../domain/arguments-read.ts";
import { notAllowed } from "../../domain/endpoint.ts";
import { Refusal } from "../../domain/errors.ts";
import type { Exchange } from "../../domain/exchange.ts";
import type { CanonicalRequest, McpMessage, ToolCall, McpVersion, TaskOffer } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import type { Head } from "../head.ts";
import type { RequestHeaders } from "../headers.ts";
import { LARGE_BODY, type ReadApart, type ReadJson, readJsonApart } from "../json/read-json.ts";
import {
  assumedVersion,
  claimsModern,
  modernVersion,
  readLegacy,
  readModern,
  readVersionHeader,
  CAPABILITIES_META,
} from "./versions.ts";
import { readSubjectMatter, resourceTypeOf, type SubjectMatter, withoutMeta } from "./subject.ts";
import { addressOf, readMessage, type RpcMessage, singleMessage } from "./rpc.ts";
import { takeTaskText } from "./task-text.ts";
import { readDeclaredByCaller, readTransportSession } from "../declared-by-caller.ts";
import type { Route } from "../../domain/route.ts";
import { aboutOneTask, ownTaskPrefix, tasksExtension } from "../../domain/tasks.ts";

/**
 * Reads one message of MCP's Streamable HTTP transport. Sets `exchange.context.rpc` as soon as id and method are known, and takes out
 * what is for the gateway alone.
 * @throws Refusal json_*, rpc_*, mcp_*, method_refused, type_refused, header_refused
 */
export function readMcpCall(head: Head, request: CanonicalRequest, exchange: Exchange): ToolCall {
  refuseOtherEndpoint(head);
  if (head.method !== "POST") return readTransportCall(head, request);
  if (request.contentType !== "application/json") {
    throw new Refusal("type_refused", { hint: "MCP messages are application/json" });
  }
  const read = readJsonApart(request.body, head.route.body.limits, argumentsPath);
  const { body, putOff } = messageIn(read, request.body.length);
  const modern = isModern(head, body);
  const address = addressOf(body);
  if (address !== null) exchange.context.rpc = { ...address, modern };
  const message = readMessage(body);
  const call = toolCall(head, takeTaskText(message, request, exchange), message, modern);
  return withKnownArguments(call, { ...read, message, putOff });
}

const argumentsPath = ["params", "arguments"].map((key) => Buffer.from(key));

interface Message {
  readonly body: JsonObject;
  /** The arguments, where they are not in the message: they are built when somebody reads them. Large ones of a tool are. */
  readonly putOff: ReadJson | null;
}

/** @throws Refusal rpc_batch, rpc_invalid */
function messageIn({ whole, member, around }: ReadApart, bytes: number): Message {
  if (member?.isObject === true && bytes >= LARGE_BODY) {
    const body = singleMessage(around());
    if (body.method === "tools/call") return { body, putOff: member };
  }
  return { body: singleMessage(whole.value), putOff: null };
}

interface ReadMessage extends Pick<ReadApart, "whole" | "member"> {
  readonly message: RpcMessage;
  readonly putOff: ReadJson | null;
}

/** The call with its arguments, where they were put off, and with what is known of their bytes. */
function withKnownArguments(call: ToolCall, { whole, member, message, putOff }: ReadMessage): ToolCall {
  const { arguments: args, ...others } = call;
  if (putOff !== null && !call.argumentsOmitted) return withArgumentsRead({ ...others, argumentsRead: putOff });
  const { bytes, noUrl } =
    member !== null && args === message.params.arguments ? member : { bytes: null, noUrl: whole.noUrl };
  return { ...call, argumentsRead: { value: args, bytes, noUrl } };
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

/** Either the body or the header names the stateless era; a contradiction between them is refused later. */
function isModern(head: Head, body: Readonly<Record<string, JsonValue>>): boolean {
  const meta = isJsonObject(body.params) ? body.params._meta : undefined;
  if (isJsonObject(meta) && claimsModern(meta)) return true;
  return head.headers.one("mcp-protocol-version") === modernVersion && body.method !== "initialize";
}

function toolCall(head: Head, request: CanonicalRequest, message: RpcMessage, modern: boolean): ToolCall {
  const named = readVersionHeader(head.headers, message);
  const version = (modern ? readModern : readLegacy)(head.headers, named, message);
  // The stateless era has no transport session; a header of that name means nothing and is not passed on.
  const transportSession = modern ? null : readTransportSession(head);
  const type = message.kind === "response" ? "server" : resourceTypeOf(message.method, version);
  const tasks = readTaskOffer(version, message);
  if (modern) assertDeclared(head.route, message, tasks);
  const matter = readOwnTask(head.route, message) ?? readSubjectMatter(type, message, head.route);
  const omitted = head.route.body.policy === "omit";
  const mcp: McpMessage = {
    era: modern ? "modern" : "legacy",
    version,
    kind: message.kind,
    id: message.id,
    method: message.method,
    progressToken: message.progressToken,
    transportSession,
    ...(transportSession !== null && head.sealed !== undefined && { sealed: head.sealed }),
    acceptsEventStream: acceptsEventStream(head.headers),
    tasks,
    ...declaredCapabilities(message),
  };
  return {
    route: head.route,
    request: modern ? withoutSession(request) : request,
    action: message.method,
    ...matter,
    arguments: omitted ? {} : matter.arguments,
    argumentsRead: null,
    argumentsOmitted: omitted,
    ...readDeclaredByCaller(head.headers, message.meta, head.route.session),
    definition: null,
    mcp,
  };
}

function withoutSession(request: CanonicalRequest): CanonicalRequest {
  return { ...request, headers: request.headers.filter(([name]) => name !== "mcp-session-id") };
}

/**
 * The transport's own requests: GET opens the stream of server messages, DELETE ends the session. MCP 2026-07-28 has neither.
 * @throws Refusal method_refused, mcp_version_unsupported, header_refused
 */
function readTransportCall(head: Head, request: CanonicalRequest): ToolCall {
  const version = readVersionHeader(head.headers, null) ?? assumedVersion;
  const kind = transportKind(head.method);
  if (kind === null || version === modernVersion) throw notAllowed(["POST"]);
  const transportSession = readTransportSession(head);
  const method = kind === "stream" ? "transport/stream" : "transport/close";
  const message: McpMessage = {
    era: "legacy",
    version,
    kind,
    id: null,
    method,
    progressToken: null,
    transportSession,
    ...(transportSession !== null && head.sealed !== undefined && { sealed: head.sealed }),
    acceptsEventStream: acceptsEventStream(head.headers),
    tasks: null,
  };
  return {
    route: head.route,
    request,
    action: method,
    resourceType: "server",
    name: head.route.server,
    arguments: {},
    argumentsRead: null,
    argumentsOmitted: false,
    beside: {},
    ...readDeclaredByCaller(head.headers, null, head.route.session),
    definition: null,
    mcp: message,
  };
}

function transportKind(method: string): "stream" | "close" | null {
  if (method === "GET") return "stream";
  return method === "DELETE" ? "close" : null;
}

/** Whether the caller named event streams itself; a wildcard alone does not say that it can read one. */
function acceptsEventStream(headers: RequestHeaders): boolean {
  const accept = headers.list("accept");
  if (accept === null) return false;
  return accept
    .toLowerCase()
    .split(",")
    .some((range) => /^\s*text\/event-stream\s*(?:;|$)/.test(range) && !/;\s*q=0(?:\.0*)?\s*(?:;|$)/.test(range));
}

/** The one version that has tasks in the protocol itself, as an experiment. */
const augmentingVersion = "2025-11-25" satisfies McpVersion;

/**
 * How this request declares that it accepts a task as its answer. Each request declares it anew; earlier requests do not count.
 */
function readTaskOffer(version: McpVersion, message: RpcMessage): TaskOffer | null {
  if (message.kind !== "request") return null;
  if (version === modernVersion) return declaresExtension(message) ? { kind: "extension" } : null;
  const { task } = message.params;
  if (version !== augmentingVersion || message.method !== "tools/call" || !isJsonObject(task)) return null;
  const { ttl } = task;
  return { kind: "augmented", ttlMs: typeof ttl === "number" && Number.isFinite(ttl) ? ttl : null };
}

/** In every request since MCP 2026-07-28, before it in `initialize`. */
function declaredCapabilities({ meta, method, params }: RpcMessage): Pick<McpMessage, "capabilities"> {
  const capabilities = method === "initialize" ? params.capabilities : meta?.[CAPABILITIES_META];
  return isJsonObject(capabilities) ? { capabilities } : {};
}

/** MCP Tasks extension, "Capability Negotiation": in the capabilities of every single request. */
function declaresExtension({ meta }: RpcMessage): boolean {
  const capabilities = meta?.[CAPABILITIES_META];
  const extensions = isJsonObject(capabilities) ? capabilities["extensions"] : undefined;
  return isJsonObject(extensions) && isJsonObject(extensions[tasksExtension]);
}

/**
 * A request about one of the gateway's own tasks, recognized by the prefix of its id; null for a task of a tool server.
 * tasks/list is answered by the gateway alone: the gateway has one credential there, so a tool server would list the
 * tasks of all callers.
 */
function readOwnTask(route: Route, message: RpcMessage): SubjectMatter | null {
  if (!route.hold.tasks || message.kind !== "request") return null;
  const { taskId } = message.params;
  const one = aboutOneTask.has(message.method) && typeof taskId === "string" && taskId.startsWith(ownTaskPrefix);
  if (!one && message.method !== "tasks/list") return null;
  return { resourceType: "task", name: one ? taskId : "*", arguments: withoutMeta(message.params), beside: {} };
}

/**
 * The gateway offers the extension, so its duty holds for every task, whoever made it (Tasks extension, "Capability Negotiation").
 * @throws Refusal mcp_capability_missing
 */
function assertDeclared({ hold }: Route, { method }: RpcMessage, offer: TaskOffer | null): void {
  if (!hold.tasks || offer !== null || !aboutOneTask.has(method)) return;
  throw new Refusal("mcp_capability_missing", {
    data: { requiredCapabilities: { extensions: { [tasksExtension]: {} } } },
  });
}
