import { Option } from "commander";
import { name } from "../../config/schema/values.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { CliFailure, collect, exits } from "../common/verb.ts";
import { mcpUrl, serverOfMcp } from "./ask-mcp-server.ts";
import { type DescribedServer, serverOfOpenapi } from "./described-tool.ts";
import { credentialOf, type ServerSecrets, variablesOf } from "./server-credential.ts";

/** Options of the verbs that read what a tool server says of its tools. */
export interface DescriptionOptions {
  readonly openapi?: string;
  readonly mcp?: string;
  readonly server?: string;
  readonly header: readonly string[];
  readonly env: readonly string[];
}

export const descriptionOptions: readonly Option[] = [
  new Option("--openapi <file>", "OpenAPI document of an HTTP API").conflicts("mcp"),
  new Option("--mcp <place>", "address or command line of an MCP server, which is asked for its tools"),
  new Option("--server <name>", "what the server is called in policy; default: from its description"),
  new Option("--header <header>", 'credential of the server by reference, such as "Authorization: Bearer env:NAME"')
    .argParser(collect)
    .default([]),
  new Option(
    "--env <variable>",
    "secret of a server that is a command, such as API_KEY=env:NAME; several times for several",
  )
    .argParser(collect)
    .default([]),
];

/** What `--header` and `--env` say. @throws CliFailure credential_form, credential_place, mcp_url */
export function givenSecrets({ header: headers, env, openapi, mcp }: DescriptionOptions): ServerSecrets {
  const isCommand = mcp !== undefined && mcpUrl(mcp) === null;
  const isAddress = openapi !== undefined || (mcp !== undefined && !isCommand);
  const [header, ...others] = headers;
  if (others.length > 0)
    throw new CliFailure(
      exits.usage,
      "credential_form",
      "--header is said once: a route carries one credential, in one header.",
    );
  if (header !== undefined && !isAddress)
    throw new CliFailure(
      exits.usage,
      "credential_place",
      "--header is for a server with an address; one that is a command gets its secrets by --env.",
    );
  if (env.length > 0 && !isCommand)
    throw new CliFailure(
      exits.usage,
      "credential_place",
      "--env is for a server that is a command; one with an address gets its secret by --header.",
    );
  const credential = header === undefined ? null : credentialOf(header);
  return { credential, variables: variablesOf(env), allowsInsecure: false };
}

/** Whether a configuration takes it for a name. @throws CliFailure with this code */
export function assertName(text: string, option: string, code: string): void {
  const why = name().safeParse(text).error?.issues[0]?.message;
  if (why !== undefined) throw new CliFailure(exits.usage, code, `${option} "${escapeControls(text)}": ${why}.`);
}

/**
 * What the options name; null when they name nothing.
 * @throws CliFailure openapi_unreadable, mcp_unreachable, mcp_unauthorized, mcp_url, server_name
 */
export async function describedServer(
  { openapi, mcp, server }: DescriptionOptions,
  stop: AbortSignal,
  secrets: ServerSecrets,
): Promise<DescribedServer | null> {
  if (server !== undefined) assertName(server, "--server", "server_name");
  const found =
    openapi !== undefined ? serverOfOpenapi(openapi) : mcp !== undefined ? await serverOfMcp(mcp, stop, secrets) : null;
  return found === null ? null : { ...found, name: server ?? found.name };
}
