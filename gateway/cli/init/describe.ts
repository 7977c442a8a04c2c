import { Option } from "commander";
import { CliFailure, exits } from "../common/verb.ts";
import { mcpUrl, serverOfMcp } from "./ask-mcp-server.ts";
import { type DescribedServer, serverOfOpenapi } from "./described-tool.ts";
import { credentialOf, type ServerCredential } from "./server-credential.ts";

/** Options of the verbs that read what a tool server says of its tools. */
export interface DescriptionOptions {
  readonly openapi?: string;
  readonly mcp?: string;
  readonly server?: string;
  readonly header?: string;
}

export const descriptionOptions: readonly Option[] = [
  new Option("--openapi <file>", "OpenAPI document of an HTTP API").conflicts("mcp"),
  new Option("--mcp <place>", "address or command line of an MCP server, which is asked for its tools"),
  new Option("--server <name>", "what the server is called in policy; default: from its description"),
  new Option("--header <header>", 'credential of the server by reference, such as "Authorization: Bearer env:NAME"'),
];

/** What `--header` says; null without it. @throws CliFailure credential_form, credential_place */
export function givenCredential({ header, openapi, mcp }: DescriptionOptions): ServerCredential | null {
  if (header === undefined) return null;
  if (openapi === undefined && (mcp === undefined || mcpUrl(mcp) === null))
    throw new CliFailure(
      exits.usage,
      "credential_place",
      "--header is for a server with an address. One that is a command gets secrets by upstream.command.env of its route (docs/stdio.md).",
    );
  return credentialOf(header);
}

/**
 * What the options name; null when they name nothing.
 * @throws CliFailure openapi_unreadable, mcp_unreachable, mcp_unauthorized, mcp_url, server_name
 */
export async function describedServer(
  { openapi, mcp, server }: DescriptionOptions,
  stop: AbortSignal,
  credential: ServerCredential | null,
): Promise<DescribedServer | null> {
  if (server !== undefined && !/^[A-Za-z][\w-]{0,63}$/.test(server))
    throw new CliFailure(
      exits.usage,
      "server_name",
      `${server}: expected letters, digits, - and _, beginning with a letter.`,
    );
  const found =
    openapi !== undefined
      ? serverOfOpenapi(openapi)
      : mcp !== undefined
        ? await serverOfMcp(mcp, stop, credential)
        : null;
  return found === null ? null : { ...found, name: server ?? found.name };
}
