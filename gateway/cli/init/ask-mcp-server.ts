import { Client, type ServerCapabilities, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { escapeControls } from "../../lib/look-alike.ts";
import { CliFailure, exits } from "../common/verb.ts";
import { type DescribedServer, type DescribedTool, serverName } from "./described-tool.ts";

/** Some servers have tools for those clients alone that declare these. What is asked all the same is refused. */
const capabilities = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };

/** By what a server declares. */
const methodsOf: Readonly<Record<string, readonly string[]>> = {
  prompts: ["prompts/list", "prompts/get"],
  resources: ["resources/list", "resources/templates/list", "resources/read"],
  completions: ["completion/complete"],
  logging: ["logging/setLevel"],
};

/** How long a server may take to list its tools. */
const withinMs = 60_000;

/**
 * The tools of an MCP server, which is an address or a command line. Nothing is called but `tools/list`.
 * @throws CliFailure mcp_unreachable
 */
export async function serverOfMcp(place: string, stop: AbortSignal): Promise<DescribedServer> {
  const client = new Client(
    { name: "sallyport-init", version: "1" },
    { versionNegotiation: { mode: "auto" }, capabilities },
  );
  const url = mcpUrl(place);
  const signal = AbortSignal.any([stop, AbortSignal.timeout(withinMs)]);
  const command = url === null ? commandTransport(place) : null;
  try {
    await client.connect(command?.transport ?? new StreamableHTTPClientTransport(url as URL));
    const tools: DescribedTool[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listTools(cursor === undefined ? {} : { cursor }, { signal });
      tools.push(...page.tools.map(describedTool));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    const declared = client.getServerCapabilities() ?? {};
    const methods = methodsFor(declared);
    const name = serverName(client.getServerVersion()?.name ?? place);
    return { name, origin: url?.origin ?? null, path: url?.pathname ?? "/mcp", tools, methods };
  } catch (failure) {
    throw new CliFailure(
      exits.unreachable,
      "mcp_unreachable",
      `${place} did not list its tools: ${(failure as Error).message}.${command?.wrote() ?? ""}`,
    );
  } finally {
    await client.close();
  }
}

function methodsFor(declared: ServerCapabilities): string[] {
  const lists = [declared.tools, declared.prompts, declared.resources];
  const tells = lists.some((list) => list?.listChanged === true) || declared.resources?.subscribe === true;
  return [
    ...Object.keys(methodsOf).flatMap((name) => (name in declared ? (methodsOf[name] ?? []) : [])),
    ...(declared.resources?.subscribe === true ? ["resources/subscribe", "resources/unsubscribe"] : []),
    ...(tells ? ["subscriptions/listen"] : []),
  ];
}

/** The address of an MCP server; null for a command line. */
export function mcpUrl(place: string): URL | null {
  return /^https?:\/\//.test(place) ? new URL(place) : null;
}

/** Words of a command line. No shell reads them: a word with blanks stands in quotes. */
export function commandWords(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? "",
  );
}

/** Characters of a command's standard error that are shown where it fails. */
const mostShown = 2_000;

function commandTransport(line: string): { readonly transport: StdioClientTransport; readonly wrote: () => string } {
  const [command = "", ...args] = commandWords(line);
  const transport = new StdioClientTransport({ command, args, stderr: "pipe" });
  let last = "";
  transport.stderr?.on("data", (chunk: Buffer) => void (last = (last + chunk.toString()).slice(-mostShown)));
  const wrote = (): string => (last.trim() === "" ? "" : ` It wrote:\n${escapeControls(last.trim(), true)}`);
  return { transport, wrote };
}

interface ListedTool {
  readonly name: string;
  readonly annotations?:
    | {
        readonly readOnlyHint?: boolean | undefined;
        readonly destructiveHint?: boolean | undefined;
        readonly openWorldHint?: boolean | undefined;
      }
    | undefined;
}

function describedTool({ name, annotations }: ListedTool): DescribedTool {
  const { readOnlyHint = null, destructiveHint = null, openWorldHint = null } = annotations ?? {};
  return {
    name,
    place: null,
    method: null,
    hints: { readOnly: readOnlyHint, destructive: destructiveHint, openWorld: openWorldHint },
  };
}
