import { Refusal } from "../../domain/errors.ts";
import type { CanonicalRequest, McpMessage, ToolCall } from "../../domain/tool-call.ts";
import type { Head } from "../head.ts";
import { readStated, readTransportSession } from "../stated.ts";
import { acceptsEventStream } from "./accept.ts";
import { assumedVersion, modernVersion, readVersionHeader } from "./version-header.ts";

/**
 * The transport's own requests: GET opens the stream of server messages, DELETE ends the session.
 * Both are gone from MCP 2026-07-28.
 * @throws Refusal method_refused, mcp_version_unsupported, header_refused
 */
export function readTransportCall(head: Head, request: CanonicalRequest): ToolCall {
  const version = readVersionHeader(head.headers) ?? assumedVersion;
  const kind = transportKind(head.method);
  if (kind === null || version === modernVersion) throw new Refusal("method_refused", { hint: "allowed: POST" });
  const transportSession = readTransportSession(head.headers);
  const method = kind === "stream" ? "transport/stream" : "transport/close";
  const message: McpMessage = {
    era: "legacy",
    version,
    kind,
    id: null,
    method,
    progressToken: null,
    transportSession,
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
    ...readStated(head.headers, null, transportSession),
    definition: null,
    mcp: message,
  };
}

function transportKind(method: string): "stream" | "close" | null {
  if (method === "GET") return "stream";
  return method === "DELETE" ? "close" : null;
}
