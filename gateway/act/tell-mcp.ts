import type { ServerResponse } from "node:http";
import type { Trail } from "../domain/exchange.ts";
import { type Told, textFor } from "./told.ts";

type Rpc = NonNullable<Trail["rpc"]>;

/** Key of our own data in `_meta` (MCP: reverse-DNS prefix and name). */
const decisionMeta = "dev.sallyport/decision";

/**
 * A refusal in the shape that breaks no client: for a tool call a result with `isError` in HTTP 200, for anything else a
 * JSON-RPC error. Codes lie outside the reserved range -32768…-32000, but for the ones MCP defines itself.
 */
export function mcpAnswer(told: Told, rpc: Rpc | null): string {
  const id = rpc?.id ?? null;
  if (rpc?.method === "tools/call" && rpc.id !== null && told.status !== 401) {
    return JSON.stringify({ jsonrpc: "2.0", id, result: toolResult(told, rpc.modern) });
  }
  const error = { code: rpcCode(told), message: textFor(told), data: metaOf(told) };
  return JSON.stringify({ jsonrpc: "2.0", id, error });
}

/** A hidden tool answers exactly as one that does not exist. */
export function unknownToolAnswer(rpc: Rpc, tool: string): string {
  return JSON.stringify({ jsonrpc: "2.0", id: rpc.id, error: { code: -32602, message: `Unknown tool: ${tool}` } });
}

function toolResult(told: Told, modern: boolean): object {
  return {
    ...(modern ? { resultType: "complete" } : {}),
    content: [{ type: "text", text: textFor(told) }],
    isError: true,
    _meta: { [decisionMeta]: metaOf(told) },
  };
}

function metaOf(told: Told): object {
  const { approval } = told;
  return {
    id: told.decisionId,
    outcome: told.outcome,
    code: told.code,
    reasons: told.reasons.map((reason) => reason.code),
    retryable: told.retryable,
    ...(approval === null
      ? {}
      : {
          approvalId: approval.id,
          expiresAt: new Date(approval.expiresAt).toISOString(),
          retryAfterMs: approval.retryAfterS * 1_000,
        }),
  };
}

const defined: Readonly<Record<string, number>> = {
  json_invalid: -32700,
  json_text_refused: -32700,
  rpc_batch: -32600,
  rpc_invalid: -32600,
  mcp_method_unknown: -32601,
  mcp_meta_missing: -32602,
  mcp_header_mismatch: -32020,
  mcp_version_unsupported: -32022,
  internal: -32603,
};

function rpcCode(told: Told): number {
  return defined[told.code] ?? told.status;
}

/**
 * Writes an answer: as an event when the stream is already open, else as one JSON object. Protocol faults keep their
 * HTTP status (clients find out the era by it); policy answers to requests are HTTP 200; refused notifications are not.
 */
export function tellMcp(
  res: ServerResponse,
  told: Told,
  rpc: Rpc | null,
  extra: Readonly<Record<string, string>> = {},
): number {
  return writeMcp(res, mcpAnswer(told, rpc), statusFor(told, rpc), told.decisionId, extra);
}

export function writeMcp(
  res: ServerResponse,
  body: string,
  status: number,
  decisionId: string,
  extra: Readonly<Record<string, string>> = {},
): number {
  if (res.headersSent) {
    res.end(`event: message\ndata: ${body}\n\n`);
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

function statusFor(told: Told, rpc: Rpc | null): number {
  const protocolFault =
    told.outcome !== "pending" && told.reasons.length === 0 && told.status < 500 && told.status !== 429;
  const approvalFault = told.code.startsWith("approval_") || told.code === "obligation_failed";
  if (rpc === null || rpc.id === null) return told.status;
  return protocolFault && !approvalFault ? told.status : 200;
}
