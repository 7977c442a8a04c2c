import { Refusal } from "../../domain/errors.ts";
import { type McpVersion, mcpVersions } from "../../domain/tool-call.ts";
import type { RequestHeaders } from "../headers.ts";
import { checkMirrorHeaders } from "./mirror-headers.ts";
import type { RpcMessage } from "./rpc.ts";
import { assumedVersion, modernVersion } from "./version-header.ts";

/**
 * Reads a message of the eras with a handshake (MCP 2025-03-26 to 2025-11-25).
 * @throws Refusal mcp_meta_missing, mcp_header_mismatch
 */
export function readLegacy(headers: RequestHeaders, version: McpVersion | null, message: RpcMessage): McpVersion {
  if (version === modernVersion) {
    throw new Refusal("mcp_header_mismatch", {
      hint: "a handshake or response of an older version under a newer mcp-protocol-version",
    });
  }
  checkMirrorHeaders(headers, message, false);
  if (message.method === "initialize") return offeredVersion(message) ?? version ?? assumedVersion;
  return version ?? assumedVersion;
}

/** The handshake's offer, when we know it; servers may answer with another, which later requests then name. */
function offeredVersion(message: RpcMessage): McpVersion | null {
  const offered = message.params.protocolVersion;
  return mcpVersions.find((version) => version === offered && version !== modernVersion) ?? null;
}
