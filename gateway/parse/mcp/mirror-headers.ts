import { Refusal } from "../../domain/errors.ts";
import { decodeMirrored } from "../../domain/mirrored-params.ts";
import type { RequestHeaders } from "../headers.ts";
import type { RpcMessage } from "./rpc.ts";

/** Which param `Mcp-Name` repeats (MCP 2026-07-28, Streamable HTTP, "Standard Request Headers"). */
const nameSources: ReadonlyMap<string, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
  ["tasks/cancel", "taskId"],
]);

/**
 * Headers that repeat the body must agree with it: whoever routes on them would otherwise see another call.
 * They are only compared, never believed. In the modern era requests must have them.
 * @throws Refusal mcp_header_mismatch
 */
export function checkMirrorHeaders(headers: RequestHeaders, message: RpcMessage, required: boolean): void {
  const method = headers.one("mcp-method");
  if (method === null ? required : method !== message.method) mismatch("mcp-method", method);
  const source = nameSources.get(message.method);
  const name = headers.one("mcp-name");
  if (source === undefined) {
    if (name !== null)
      throw new Refusal("mcp_header_mismatch", { hint: "mcp-name beside a method that names nothing" });
    return;
  }
  const value = message.params[source];
  if (typeof value !== "string") return;
  if (name === null ? required : decodeMirrored(name) !== value) mismatch("mcp-name", name);
}

function mismatch(name: string, value: string | null): never {
  throw new Refusal("mcp_header_mismatch", {
    hint: value === null ? `${name} is missing` : `${name} differs from the body`,
  });
}
