import type { ServerResponse } from "node:http";
import { wireErrors, identityErrors } from "../../domain/errors/calls.ts";
import type { RequestContext } from "../../domain/exchange.ts";
import { aboutOneTask } from "../../domain/tasks.ts";
import { listedKindOf, kindWords } from "../../domain/definition-kinds.ts";
import { subscriptionKey, type ToolCall } from "../../domain/tool-call.ts";
import type { JsonObject } from "../../lib/json.ts";
import { messageEvent } from "../../lib/event-stream.ts";
import { type CallerError, textFor } from "./refusal-wording.ts";

type Rpc = NonNullable<RequestContext["rpc"]>;

/** Key of our own data in `_meta` (MCP: reverse-DNS prefix and name). */
export const decisionMeta = "dev.sallyport/decision";

/**
 * A refusal in the shape that breaks no client: for a tool call a result with `isError` in HTTP 200, for anything else a
 * JSON-RPC error, whose code is `ownRpcCode`, but for the ones MCP defines itself: clients know those, and after a header mismatch
 * list the tools anew and try once more.
 */
export function mcpAnswer(error: CallerError, rpc: Rpc | null, asError = false): string {
  const id = rpc?.id ?? null;
  if (!asError && !ofProtocol(error) && rpc?.method === "tools/call" && rpc.id !== null && error.status !== 401) {
    return JSON.stringify({ jsonrpc: "2.0", id, result: toolResult(error, rpc.modern) });
  }
  const rpcError = { code: rpcCode(error, rpc), message: textFor(error), data: errorData(error) };
  return JSON.stringify({ jsonrpc: "2.0", id, error: rpcError });
}

/** The last event of a stream that only listened: its request's answer, where the stream is one (MCP 2026-07-28, "Subscriptions"). */
export function endOfListening({ mcp }: Pick<ToolCall, "mcp">): string {
  if (mcp?.kind !== "request") return "";
  const result = { resultType: "complete", _meta: { [subscriptionKey]: mcp.id } };
  return messageEvent(JSON.stringify({ jsonrpc: "2.0", id: mcp.id, result }));
}

/** MCP 2026-07-28, "Error Codes": the ones that the transport defines, and a state that was tampered with. */
function ofProtocol(error: CallerError): boolean {
  const code = defined[error.code];
  if (error.code === "mcp_state_refused") return true;
  return code !== undefined && code <= -32020 && code >= -32099;
}

/** What is hidden answers exactly as what does not exist (MCP, "Error Handling" of tools, prompts and resources). */
export function unknownAnswer(rpc: Rpc, { resourceType, name }: Pick<ToolCall, "resourceType" | "name">): string {
  const error = resourceType === "resource" ? unknownResource(rpc, name) : unknownNamed(resourceType, name);
  return JSON.stringify({ jsonrpc: "2.0", id: rpc.id, error });
}

function unknownNamed(type: ToolCall["resourceType"], name: string): object {
  const what = kindWords[listedKindOf(type) ?? "tool"].one;
  return { code: invalidParams, message: `Unknown ${what}: ${name}` };
}

/** MCP 2026-07-28 has no code of its own for it any more. */
function unknownResource({ modern }: Rpc, uri: string): object {
  return { code: modern ? invalidParams : resourceNotFound, message: "Resource not found", data: { uri } };
}

function toolResult(error: CallerError, modern: boolean): object {
  return {
    ...(modern ? { resultType: "complete" } : {}),
    content: [{ type: "text", text: textFor(error) }],
    isError: true,
    _meta: aboutDecision(error),
  };
}

/** The gateway's own data about a decision, as `_meta` of whatever answers the call. */
export function aboutDecision(error: CallerError): JsonObject {
  return { [decisionMeta]: metaOf(error) };
}

/** The same as `data` of an error. */
export function errorData(error: CallerError): JsonObject {
  return { ...metaOf(error), ...error.data };
}

function metaOf(error: CallerError): JsonObject {
  const { approval } = error;
  return {
    id: error.decisionId,
    outcome: error.outcome,
    code: error.code,
    reasons: error.reasons.map((reason) => reason.code),
    retryable: error.retryable,
    ...(error.link === undefined ? {} : { connectUrl: error.link }),
    ...(error.retryAfterS === null ? {} : { retryAfterMs: error.retryAfterS * 1_000 }),
    ...(approval === null
      ? {}
      : {
          approvalId: approval.id,
          expiresAt: new Date(approval.expiresAt).toISOString(),
          ...(approval.retryAfterS === undefined ? {} : { retryAfterMs: approval.retryAfterS * 1_000 }),
        }),
  };
}

const invalidParams = -32602;
const resourceNotFound = -32002;

const defined: Readonly<Record<string, number>> = {
  json_invalid: -32700,
  json_text_refused: -32700,
  rpc_batch: -32600,
  rpc_invalid: -32600,
  mcp_method_unknown: -32601,
  mcp_meta_missing: invalidParams,
  mcp_state_refused: invalidParams,
  mcp_header_mismatch: -32020,
  mcp_capability_missing: -32021,
  mcp_version_unsupported: -32022,
  task_unknown: invalidParams,
  task_ended: invalidParams,
  task_interrupted: -32603,
  task_answer_lost: -32603,
  task_question_lost: -32603,
  internal: -32603,
};

/** A task that policy keeps from the caller has the code of one that is unknown. */
function rpcCode(error: CallerError, rpc: Rpc | null): number {
  const ofPolicy = error.reasons.length > 0 || error.code === "policy_denied";
  if (ofPolicy && aboutOneTask.has(rpc?.method ?? "")) return invalidParams;
  return defined[error.code] ?? ownRpcCode(error.status);
}

/**
 * The code of a refusal that JSON-RPC and MCP have none for, outside of the range that they reserve (-32768…-32000): the HTTP status with
 * a 1 before it. Some clients take a code of 403 for the status of the answer, and ask people to sign in anew. At 401 they are meant to.
 */
export function ownRpcCode(status: number): number {
  return status === 401 ? status : 1_000 + status;
}

/**
 * Writes an answer: as an event when the stream is already open, else as one JSON object. Protocol faults keep their
 * HTTP status (clients find out the era by it, or that they must authenticate); whatever else is said to a request is
 * HTTP 200, since clients give up a server that answers otherwise; refused notifications keep theirs.
 */
export function respondMcp(
  res: ServerResponse,
  error: CallerError,
  rpc: Rpc | null,
  { extra = {}, asError = false }: RespondOptions = {},
): number {
  return writeMcp(res, mcpAnswer(error, rpc, asError), statusFor(error, rpc), error.decisionId, extra);
}

export interface RespondOptions {
  readonly extra?: Readonly<Record<string, string>>;
  /** As a JSON-RPC error even for a tool call: its caller waits for a task, and would not know a tool's result. */
  readonly asError?: boolean;
}

export function writeMcp(
  res: ServerResponse,
  body: string,
  status: number,
  decisionId: string,
  extra: Readonly<Record<string, string>> = {},
): number {
  if (res.headersSent) {
    res.end(messageEvent(body));
    return res.statusCode;
  }
  res.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "Sallyport-Decision": decisionId,
    ...extra,
  });
  res.end(body);
  return status;
}

function statusFor(error: CallerError, rpc: Rpc | null): number {
  // In the eras with sessions a 404 says that the session has ended (MCP 2025-11-25, "Session Management").
  if (error.code === "mcp_method_unknown" && rpc?.modern === false) return rpc.id === null ? 400 : 200;
  if (rpc === null || rpc.id === null) return error.status;
  const protocolFault = error.status < 500 && (error.code in wireErrors || error.code in identityErrors);
  return protocolFault ? error.status : 200;
}
