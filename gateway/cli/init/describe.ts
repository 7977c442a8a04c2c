import { Option } from "commander";
import { CliFailure, exits } from "../common/verb.ts";
import { serverOfMcp } from "./ask-mcp-server.ts";
import { type DescribedServer, serverOfOpenapi } from "./described-tool.ts";

/** Options of the verbs that read what a tool server says of its tools. */
export interface DescriptionOptions {
  readonly openapi?: string;
  readonly mcp?: string;
  readonly server?: string;
}

export const descriptionOptions: readonly Option[] = [
  new Option("--openapi <file>", "OpenAPI document of an HTTP API").conflicts("mcp"),
  new Option("--mcp <place>", "address or command line of an MCP server, which is asked for its tools"),
  new Option("--server <name>", "what the server is called in policy; default: from its description"),
];

/** What the options name; null when they name nothing. @throws CliFailure openapi_unreadable, mcp_unreachable, server_name */
export async function describedServer(
  { openapi, mcp, server }: DescriptionOptions,
  stop: AbortSignal,
): Promise<DescribedServer | null> {
  if (server !== undefined && !/^[A-Za-z][\w-]{0,63}$/.test(server))
    throw new CliFailure(
      exits.usage,
      "server_name",
      `${server}: expected letters, digits, - and _, beginning with a letter.`,
    );
  const found =
    openapi !== undefined ? serverOfOpenapi(openapi) : mcp !== undefined ? await serverOfMcp(mcp, stop) : null;
  return found === null ? null : { ...found, name: server ?? found.name };
}
