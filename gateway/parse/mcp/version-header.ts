import { Refusal } from "../../domain/errors.ts";
import { type McpVersion, mcpVersions } from "../../domain/tool-call.ts";
import type { RequestHeaders } from "../headers.ts";

export const modernVersion = "2026-07-28" satisfies McpVersion;
/** What a missing header stands for (MCP 2025-11-25, "Protocol Version Header"). */
export const assumedVersion = "2025-03-26" satisfies McpVersion;

/** Null when absent. @throws Refusal mcp_version_unsupported */
export function readVersionHeader(headers: RequestHeaders): McpVersion | null {
  const header = headers.one("mcp-protocol-version");
  return header === null ? null : knownVersion(header);
}

/** @throws Refusal mcp_version_unsupported */
export function knownVersion(text: string): McpVersion {
  const version = mcpVersions.find((known) => known === text);
  if (version === undefined)
    throw new Refusal("mcp_version_unsupported", { hint: `supported: ${mcpVersions.join(", ")}` });
  return version;
}
