import { Refusal } from "../../domain/errors.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import type { McpVersion } from "../../domain/tool-call.ts";
import type { RequestHeaders } from "../headers.ts";
import { checkMirrorHeaders } from "./mirror-headers.ts";
import type { RpcMessage } from "./rpc.ts";
import { knownVersion, modernVersion } from "./version-header.ts";

const VERSION_META = "io.modelcontextprotocol/protocolVersion";
export const CAPABILITIES_META = "io.modelcontextprotocol/clientCapabilities";

/** Whether the body itself claims the era in which every request says its version. */
export function claimsModern(meta: JsonObject | null): boolean {
  return meta !== null && (VERSION_META in meta || CAPABILITIES_META in meta);
}

/**
 * Reads a message of the stateless era (MCP 2026-07-28): no handshake, so each request carries version and
 * capabilities, and headers repeat what intermediaries may route on.
 * @throws Refusal mcp_meta_missing, mcp_header_mismatch, mcp_version_unsupported, rpc_invalid
 */
export function readModern(headers: RequestHeaders, version: McpVersion | null, message: RpcMessage): McpVersion {
  if (message.kind === "response")
    throw new Refusal("rpc_invalid", { hint: `clients send no responses in MCP ${modernVersion}` });
  const required = message.kind === "request";
  const claimed = message.meta?.[VERSION_META];
  if (required && typeof claimed !== "string") missing(VERSION_META);
  if (claimed !== undefined) checkClaim(claimed, version);
  if (required && !isJsonObject(message.meta?.[CAPABILITIES_META])) missing(CAPABILITIES_META);
  if (required && version === null)
    throw new Refusal("mcp_header_mismatch", { hint: "mcp-protocol-version is missing" });
  checkMirrorHeaders(headers, message, required);
  return modernVersion;
}

function checkClaim(claimed: unknown, version: McpVersion | null): void {
  if (typeof claimed !== "string") missing(VERSION_META);
  const known = knownVersion(claimed);
  if (version !== null && version !== known) {
    throw new Refusal("mcp_header_mismatch", { hint: "mcp-protocol-version differs from the body" });
  }
  // Older versions have a handshake and never say their version per request.
  if (known !== modernVersion)
    throw new Refusal("mcp_version_unsupported", { hint: `${known} has no per-request version` });
}

function missing(key: string): never {
  throw new Refusal("mcp_meta_missing", { hint: key });
}
