import { Refusal } from "../domain/errors.ts";
import type { DefinitionLedger } from "../domain/ports.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { mirroredArgument, type MirroredParams, mirroredPrefix, mirrors } from "../domain/tool-definitions.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { parseJson } from "../lib/parse-json.ts";

/**
 * `Mcp-Param-*` headers repeat arguments, and whoever routes on them believes them: each must say what policy judged
 * (MCP 2026-07-28, Streamable HTTP, "Custom Headers from Tool Parameters"). Only the tool's inputSchema says which header
 * repeats which argument. Where no tools/list has shown it, the header is refused and not dropped: a tool server that asks for
 * it would refuse the call anyway, and whoever gets this refusal lists the tools, as clients do, and sends it again.
 *
 * Looked at after policy, before anything is held, used up or sent: before, the refusal would tell callers of tools that they
 * must not know.
 * @throws Refusal mcp_header_mismatch
 */
export async function assertMirroredParams(
  call: ToolCall,
  definitions: Pick<DefinitionLedger, "mirrored">,
): Promise<void> {
  if (call.mcp === null) return;
  const given = call.request.headers.filter(([name]) => name.startsWith(mirroredPrefix));
  const required = call.mcp.era === "modern" && call.action === "tools/call";
  if (given.length === 0 && !required) return;
  if (call.action !== "tools/call") refuse(given[0]?.[0], "stands beside a method that has no such arguments");
  const mirrored = await definitions.mirrored(call.route.server, call.name, call.mcp.version);
  if (given.length === 0 && (mirrored === null || mirrored.size === 0)) return;
  if (mirrored === null)
    refuse(given[0]?.[0], "cannot be compared: the gateway has not seen this tool in a tools/list");
  const args = whole(call);
  for (const [name, value] of given) assertSame(name, value, mirrored, args);
  if (required) assertComplete(given, mirrored, args);
}

function assertSame(name: string, value: string, mirrored: MirroredParams, args: JsonObject): void {
  const path = mirrored.get(name);
  if (path === undefined) refuse(name, "repeats no property of the tool's inputSchema");
  const argument = mirroredArgument(args, path);
  if (argument === undefined || !mirrors(value, argument)) refuse(name, "differs from the body");
}

/** A missing one is a contradiction as well: who routes on it takes some default for what the body names. */
function assertComplete(given: ToolCall["request"]["headers"], mirrored: MirroredParams, args: JsonObject): void {
  for (const [header, path] of mirrored) {
    const missing = mirroredArgument(args, path) !== undefined && !given.some(([name]) => name === header);
    if (missing) refuse(header, "is missing");
  }
}

/** Where a route keeps its bodies from policy, the arguments are in the body alone, which was read strictly before. */
function whole({ arguments: args, argumentsOmitted, request }: ToolCall): JsonObject {
  if (!argumentsOmitted) return args;
  const { params } = parseJson(request.body.toString()) as { readonly params?: { readonly arguments?: unknown } };
  return isJsonObject(params?.arguments) ? params.arguments : {};
}

function refuse(header: string | undefined, what: string): never {
  throw new Refusal("mcp_header_mismatch", { hint: `${header} ${what}` });
}
