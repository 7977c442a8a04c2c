import type { Client, ServerCapabilities } from "@modelcontextprotocol/client";
import { isLoopback } from "../../net/addresses.ts";
import { nameForms } from "../../domain/name-forms.ts";
import { CliFailure, exits } from "../common/verb.ts";
import { type DescribedServer, type DescribedTool, serverName } from "./described-tool.ts";
import { examples, type ServerSecrets } from "./server-credential.ts";
import { type Asked, commandTransport, commandWords, urlTransport } from "./server-transport.ts";
import { holdsSecret } from "./without-secrets.ts";

/** By what a server declares. */
const methodsOf: Readonly<Record<string, readonly string[]>> = {
  prompts: ["prompts/list", "prompts/get"],
  resources: ["resources/list", "resources/templates/list", "resources/read"],
  completions: ["completion/complete"],
  logging: ["logging/setLevel"],
};

/** How long a server may take to list its tools. */
const usualMs = 60_000;

/**
 * The tools of an MCP server, which is an address or a command line. Nothing is called but `tools/list`. A command has ended when this has.
 * @throws CliFailure mcp_unreachable, mcp_unauthorized, mcp_url, credential_insecure, credential_repeated, tool_repeated, interrupted
 */
export async function serverOfMcp(
  place: string,
  stop: AbortSignal,
  { credential, variables, allowsInsecure }: ServerSecrets,
  withinMs = usualMs,
): Promise<DescribedServer> {
  const url = mcpUrl(place);
  if (url !== null && credential !== null && !allowsInsecure) assertProtected(url);
  const late = AbortSignal.timeout(withinMs);
  // A query may be a secret, and so may what a program is given.
  const shown = url === null ? (commandWords(place)[0] ?? "") : `${url.origin}${url.pathname}`;
  const asked = url === null ? commandTransport(place, variables) : urlTransport(url, credential);
  try {
    const { client, tools } = await listedTools(asked, withinMs, AbortSignal.any([stop, late]));
    const methods = methodsFor(client.getServerCapabilities() ?? {});
    const said = client.getServerVersion()?.name ?? shown;
    assertNoSecret(shown, [said, ...tools.map((tool) => tool.name)], asked.secrets);
    const { named = [], unnamed = [] } = Object.groupBy(tools, ({ name }) =>
      nameForms.tool.test(name) ? "named" : "unnamed",
    );
    assertNamedOnce(shown, tools);
    return {
      name: serverName(said),
      origin: url?.origin ?? null,
      path: url?.pathname ?? "/mcp",
      tools: named,
      methods,
      unnamed: unnamed.map(({ name }) => name),
    };
  } catch (failure) {
    if (failure instanceof CliFailure) throw failure;
    if (stop.aborted) throw new CliFailure(exits.negative, "interrupted", "Interrupted. Nothing was written.");
    throw asked.failed(shown, late.aborted ? new Error(`no answer within ${withinMs / 1000} s`) : (failure as Error));
  } finally {
    await asked.close();
  }
}

interface Listed {
  readonly client: Client;
  readonly tools: DescribedTool[];
}

async function listedTools(asked: Asked, withinMs: number, signal: AbortSignal): Promise<Listed> {
  let ended = Promise.resolve();
  // The question of newer versions takes no signal; it ends with its transport.
  signal.addEventListener("abort", () => void (ended = asked.end()), { once: true });
  try {
    const client = await asked.connect(withinMs, signal);
    const tools: DescribedTool[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listTools(cursor === undefined ? {} : { cursor }, { signal });
      tools.push(...page.tools.map(describedTool));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return { client, tools };
  } finally {
    await ended;
  }
}

/** The policy has one line for a tool. @throws CliFailure tool_repeated */
function assertNamedOnce(place: string, tools: readonly DescribedTool[]): void {
  const places = new Map<string, number>();
  for (const [index, { name }] of tools.entries()) {
    const first = places.get(name);
    if (first !== undefined && nameForms.tool.test(name))
      throw new CliFailure(
        exits.negative,
        "tool_repeated",
        `${place} lists ${name} twice, as its tools number ${first} and ${index + 1}: a call could mean either. Nothing was written.`,
      );
    places.set(name, index + 1);
  }
}

/** What a server says becomes names in files. @throws CliFailure credential_repeated */
function assertNoSecret(place: string, names: readonly string[], secrets: readonly string[]): void {
  if (!names.some((name) => holdsSecret(name, secrets))) return;
  const why = "repeats its credential in the names of its tools or in its own. Nothing was written";
  throw new CliFailure(exits.negative, "credential_repeated", `${place} ${why}; do not use this server.`);
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

/** The address of an MCP server; null for a command line. @throws CliFailure mcp_url, which never repeats what was given: it may hold a secret */
export function mcpUrl(place: string): URL | null {
  if (!/^\s*(?:https?:|[a-z][a-z0-9+.-]*:\/\/)/i.test(place)) return null;
  const url = URL.parse(place);
  const unusable = (why: string) => new CliFailure(exits.usage, "mcp_url", why);
  if (url === null) throw unusable("What --mcp says is not a URL.");
  if (!/^https?:$/.test(url.protocol)) throw unusable("An MCP server with an address is asked over https or http.");
  if (url.username !== "" || url.password !== "")
    throw unusable(`A name and a password cannot stand in the address. Say ${examples}.`);
  return url;
}

/** The same where a route to it is written. @throws CliFailure mcp_url */
export function assertRoutable(place: string): void {
  const url = mcpUrl(place);
  if (url === null || url.search === "") return;
  const why = "A route has no query: say the address without it.";
  throw new CliFailure(exits.usage, "mcp_url", `${why} A secret of the server is given by ${examples}.`);
}

/** @throws CliFailure credential_insecure */
function assertProtected({ protocol, hostname }: URL): void {
  if (protocol === "https:" || isLoopback(hostname)) return;
  throw new CliFailure(
    exits.usage,
    "credential_insecure",
    "plain http beyond loopback lets others read the credential; use https, or say allow_insecure: true in a route to the address and ask by `sallyport tools import`.",
  );
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
