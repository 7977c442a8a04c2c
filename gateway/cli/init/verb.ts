import { join, relative, resolve } from "node:path";
import { Option } from "commander";
import { escapeControls } from "../../lib/look-alike.ts";
import { ownCommand } from "../common/own-command.ts";
import type { Terminal } from "../common/printer.ts";
import { CliFailure, exits, type Verb, type VerbOptions } from "../common/verb.ts";
import { assertRoutable, mcpUrl } from "./ask-mcp-server.ts";
import { commandWords } from "./server-transport.ts";
import { unnamedLine } from "./catalog-text.ts";
import { assertName, describedServer, type DescriptionOptions, descriptionOptions, givenSecrets } from "./describe.ts";
import type { DescribedServer } from "./described-tool.ts";
import { inferFacts, onlyReads } from "./infer-facts.ts";
import type { ServerSecrets } from "./server-credential.ts";
import type { Site, Upstream } from "./site.ts";
import { siteCommand } from "./site-command.ts";
import { writeSite } from "./site-files.ts";

interface InitOptions extends VerbOptions, DescriptionOptions {
  readonly upstream?: string;
  readonly role?: string;
  readonly approver?: string;
}

/** `sallyport init [FOLDER]`: a configuration and a layer of policy for the tools of one server. */
export const init: Verb = {
  usage: "init [folder]",
  summary: "write a configuration and a policy for your tools; overwrites nothing",
  examples: [
    "init gate --openapi billing.openapi.yaml --upstream http://127.0.0.1:9101 --role bookkeeping --approver ana",
    "init gate --mcp http://127.0.0.1:9102/mcp",
    'init gate --mcp https://crm.example/mcp --header "Authorization: Bearer env:CRM_TOKEN"',
    'init gate --mcp "npx -y @modelcontextprotocol/server-filesystem /srv/shared"',
  ],
  options: [
    ...descriptionOptions,
    new Option("--upstream <origin>", "where the HTTP API is; default: the document's first server").conflicts("mcp"),
    new Option("--role <role>", "role whose callers may use what only reads"),
    new Option("--approver <name>", "person who decides about held calls"),
  ],
  async run({ printer, terminal, stop }, options: InitOptions, folder = ".") {
    assertOfServer(options);
    if (options.approver !== undefined) approverNamed(options.approver);
    const secrets = givenSecrets(options);
    if (options.mcp !== undefined) assertRoutable(options.mcp);
    const described = await describedServer(options, stop, secrets);
    const site = await siteOf(described, { ...options, secrets, folder: resolve(folder) }, terminal);
    const files = writeSite(resolve(folder), site);
    const open = site.tools.filter((tool) => onlyReads(inferFacts(tool))).length;
    const { server, role, tools } = site;
    const unnamed = described?.unnamed ?? [];
    const result = {
      ok: true,
      folder: resolve(folder),
      files,
      server,
      tools: tools.length,
      unnamed,
      open: role === null ? 0 : open,
    };
    printer.result(
      options.json,
      result,
      [...files, "", ...unnamedLine(unnamed), ...nextSteps(site, folder, open)]
        .map((line) => escapeControls(line))
        .join("\n"),
    );
  },
};

/** @throws CliFailure server_missing */
function assertOfServer({ openapi, mcp, server, upstream, role }: InitOptions): void {
  if (openapi !== undefined || mcp !== undefined) return;
  const given = Object.entries({ server, upstream, role }).filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  const names = given.map(([option]) => `--${option}`).join(", ");
  const message = `Nothing was written: ${names} ${given.length === 1 ? "is" : "are"} about a server; say which, with --openapi FILE or --mcp PLACE.`;
  throw new CliFailure(exits.usage, "server_missing", message);
}

/** @throws CliFailure approver_name */
function approverNamed(text: string): string {
  assertName(text, "--approver", "approver_name");
  return text;
}

interface PlacedOptions extends InitOptions {
  /** Absolute. */
  readonly folder: string;
  readonly secrets: ServerSecrets;
}

async function siteOf(
  described: DescribedServer | null,
  options: PlacedOptions,
  terminal: Terminal | null,
): Promise<Site> {
  const ask = async (given: string | undefined, question: string, usual: string): Promise<string> => {
    const answer = given ?? (await terminal?.ask(`${question} [${usual}]: `)) ?? "";
    return answer.trim() === "" ? usual : answer.trim();
  };
  const upstream = described === null ? null : await upstreamOf(described, options, terminal === null ? null : ask);
  const role =
    described === null
      ? ""
      : await ask(options.role, "Role of the agents that may use what only reads, or none", "none");
  return {
    server: described?.name ?? "tools",
    tools: described?.tools ?? [],
    methods: described?.methods ?? [],
    upstream,
    credential: options.secrets.credential,
    role: role === "none" || role === "" ? null : role,
    approver: approverNamed(await ask(options.approver, "Person who decides about held calls", "admin")),
  };
}

/** What the command line says, else what a person answers. */
type Ask = (given: string | undefined, question: string, usual: string) => Promise<string>;

async function upstreamOf(
  { origin, path }: DescribedServer,
  { openapi, mcp, upstream, folder, secrets }: PlacedOptions,
  ask: Ask | null,
): Promise<Upstream> {
  if (mcp !== undefined) {
    if (mcpUrl(mcp) === null)
      return { protocol: "mcp", command: siteCommand(commandWords(mcp), folder, process.cwd(), secrets.variables) };
    return { protocol: "mcp", origin: origin ?? "", path };
  }
  const given = upstream ?? origin;
  const place = ask === null ? given : await ask(given ?? undefined, "Where the API is", "http://127.0.0.1:9101");
  if (place === null) throw new CliFailure(exits.usage, "upstream_missing", noUpstream);
  const document = relative(folder, resolve(openapi ?? ""));
  return { protocol: "http", origin: originOf(place), path, openapi: document };
}

const noUpstream =
  "The document has no server with a host: say where the API is, such as --upstream http://127.0.0.1:9101.";

/** @throws CliFailure upstream_url, which never repeats what was given: it may hold a secret */
function originOf(text: string): string {
  const url = /^https?:\/\/[^/?#@\\]+\/?$/i.test(text) ? URL.parse(text) : null;
  if (url !== null) return url.origin;
  const why =
    "What --upstream says is not scheme://host[:port] without a name, a password, a path or a query. The path comes from `servers` of the OpenAPI document; without one there, set `rewrite` of the route afterwards.";
  throw new CliFailure(exits.usage, "upstream_url", why);
}

function nextSteps({ server, role, tools, upstream }: Site, folder: string, open: number): string[] {
  const file = join(folder, "sallyport.yaml");
  const config = file === "sallyport.yaml" ? [] : ["-c", file];
  const check = [["check"], ["policy", "test"], ["serve"]].map((words) => ownCommand([...words, ...config]));
  if (upstream === null)
    return ["Add a route to sallyport.yaml and its tools to policy/sallyport/catalog/data.yaml, then:", ...check];
  const closed = tools.length - (role === null ? 0 : open);
  const minted = ["token", "mint", "--sub", "my-agent", "--role", role ?? "", "--route", server];
  const token = role === null ? [] : [ownCommand([...minted, ...config])];
  // The listener of agents is where a configuration has it that says nothing of it.
  const place =
    upstream.protocol === "mcp" ? [`MCP clients call http://127.0.0.1:8700/mcp/${server} with that token.`] : [];
  return [
    `${tools.length} ${tools.length === 1 ? "tool" : "tools"} of ${server}; ${tools.length - closed} can be called, ${closed} wait for you to say who may use them and what they are. Next:`,
    ...check,
    ...token,
    ...(role === null ? [] : place),
  ];
}
