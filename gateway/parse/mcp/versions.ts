import { Refusal } from "../../domain/errors.ts";
import { decodeMirrored } from "../../domain/tool-definitions.ts";
import { type McpVersion, mcpVersions } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import type { RequestHeaders } from "../headers.ts";
import type { RpcMessage } from "./rpc.ts";

export const modernVersion = "2026-07-28" satisfies McpVersion;
/** What a missing header stands for (MCP 2025-11-25, "Protocol Version Header"). */
export const assumedVersion = "2025-03-26" satisfies McpVersion;

/**
 * Null when absent. With the message that it came with, the header is compared first: a version that the body does not name is a
 * contradiction, whether or not it is known.
 * @throws Refusal mcp_header_mismatch, mcp_version_unsupported
 */
export function readVersionHeader(headers: RequestHeaders, message: RpcMessage | null): McpVersion | null {
  const header = headers.one("mcp-protocol-version");
  if (header === null) return null;
  const claimed = message?.meta?.[VERSION_META];
  assertSameVersion(header, claimed);
  return knownVersion(header, claimed === undefined ? mcpVersions : perRequest);
}

/** Versions that a request may name for itself, without a handshake. */
const perRequest: readonly McpVersion[] = [modernVersion];

/** @throws Refusal mcp_header_mismatch */
function assertSameVersion(header: string | null, claimed: unknown): void {
  if (header !== null && typeof claimed === "string" && claimed !== header)
    throw new Refusal("mcp_header_mismatch", { hint: "mcp-protocol-version differs from the body" });
}

/** @throws Refusal mcp_version_unsupported */
function knownVersion(text: string, supported: readonly McpVersion[]): McpVersion {
  const version = mcpVersions.find((known) => known === text);
  if (version === undefined) throw unsupported(text, supported, `supported: ${supported.join(", ")}`);
  return version;
}

/** `data` is what MCP 2026-07-28 defines, from which a client chooses another version. */
function unsupported(requested: string, supported: readonly McpVersion[], hint: string): Refusal {
  return new Refusal("mcp_version_unsupported", { hint, data: { supported, requested: requested.slice(0, 64) } });
}

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
  assertSameVersion(version, claimed);
  const known = knownVersion(claimed, perRequest);
  // Older versions have a handshake and never say their version per request.
  if (known !== modernVersion) throw unsupported(known, perRequest, `${known} has no per-request version`);
}

function missing(key: string): never {
  throw new Refusal("mcp_meta_missing", { hint: key });
}

/**
 * Reads a message of the eras with a handshake (MCP 2024-11-05 to 2025-11-25).
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

/**
 * The version that the handshake offers, when it is a known one; the server may answer with another, which later
 * requests then name.
 */
function offeredVersion(message: RpcMessage): McpVersion | null {
  const offered = message.params.protocolVersion;
  return mcpVersions.find((version) => version === offered && version !== modernVersion) ?? null;
}

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
 * Headers that repeat the body must agree with it: an intermediary that routes on them would otherwise see another
 * call. They are only compared, never used. In the modern era requests must have them.
 * @throws Refusal mcp_header_mismatch
 */
function checkMirrorHeaders(headers: RequestHeaders, message: RpcMessage, required: boolean): void {
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
