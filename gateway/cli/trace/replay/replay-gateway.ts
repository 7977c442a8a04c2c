import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveWithData } from "../../../bundles/archive/with-data.ts";
import { type AgentsGateway, serveAgents } from "../../../compose/serve-agents.ts";
import { readConfig } from "../../../config/read-config.ts";
import type { Config } from "../../../config/config.ts";
import type { Clock } from "../../../domain/ports.ts";
import { type DevIssuer, openDevIssuer } from "../../../identify/dev-issuer.ts";
import { type Es256Key, openEs256Key } from "../../../identify/es256-key-file.ts";
import type { TraceGroup } from "../read/read-traces.ts";
import { mcpAtTools, type RecordedTools, recordedTools } from "./recorded-tools.ts";
import { dataOfSite } from "../read/site-tools.ts";
import { silentLogger } from "../../../lib/silent-logger.ts";

/** What every route of a replay's gateway expects in tokens, so that one token serves all calls of a session. */
export const audience = "urn:sallyport:replay";

/** A whole gateway in this process, in front of tools that answer as recorded. */
export interface ReplayGateway {
  readonly agents: AgentsGateway;
  readonly tools: RecordedTools;
  readonly issuer: DevIssuer & { readonly issuer: string };
  /** The key that agents' tokens are bound to. */
  readonly key: Es256Key;
  close(): Promise<void>;
}

/** Where calls of this tool go. */
export function pathOf({ server, tool }: { readonly server: string; readonly tool: string }): string {
  return `/tools/${server}/${tool}`;
}

/** Where MCP messages to this server go. */
export function mcpPathOf({ server }: { readonly server: string }): string {
  return `/mcp/${server}`;
}

/**
 * Starts one for the sessions of a group, with the built policy `archive` and the group's tools in its data. What it stores is in `folder`.
 * @throws NoPolicy, BundleFailure, Error
 */
export async function openReplayGateway(
  folder: string,
  group: TraceGroup,
  { archive, clock }: { readonly archive: string; readonly clock: Clock },
): Promise<ReplayGateway> {
  const tools = await recordedTools();
  try {
    await archiveWithData(archive, join(folder, "policy.tar.gz"), (data) =>
      group.tools === null ? data : dataOfSite(data, group.tools),
    );
    const config = writeConfig(folder, group, tools.origin);
    const agents = await serveAgents(config, silentLogger, clock);
    return {
      agents,
      tools,
      issuer: issuerOf(config),
      key: openEs256Key(join(folder, "agent.jwk.json")),
      async close() {
        await agents.close();
        await tools.close();
      },
    };
  } catch (failure) {
    await tools.close();
    throw failure;
  }
}

function writeConfig(folder: string, group: TraceGroup, origin: string): Config {
  const names = toolNames(group);
  for (const [server, tools] of names)
    writeFileSync(join(folder, `${server}.openapi.json`), JSON.stringify(openapiOf(server, tools)));
  const file = join(folder, "sallyport.yaml");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(configOf([...names.keys()], mcpServers(group), origin)));
  return readConfig(file);
}

function configOf(servers: readonly string[], mcp: readonly string[], origin: string): object {
  return {
    version: 1,
    instance: "replay",
    environment: "replay",
    data_dir: "data",
    // A task's text is in the token.
    listeners: { agents: { host: "127.0.0.1", port: 0, limits: { headers: "64KiB" } }, console: { port: 0 } },
    issuers: [{ id: "replay", development: true }],
    routes: routesOf(servers, mcp, origin),
    policy: { source: { archive: "policy.tar.gz" }, poll: "1h" },
    // Nobody reads a card here.
    holds: { irreversible_dwell: "0s" },
  };
}

function routesOf(servers: readonly string[], mcp: readonly string[], origin: string): object[] {
  const shared = {
    audience,
    issuers: ["replay"],
    upstream: { origin, allow_addresses: ["loopback"] },
    results: { max: "1MiB" },
    // The log goes when the replay ends.
    durability: "buffered",
  };
  const plain = servers.map((server) => ({
    id: server,
    prefix: `/tools/${server}`,
    protocol: "http",
    server,
    openapi: `${server}.openapi.json`,
    ...shared,
  }));
  const messages = mcp.map((server) => ({
    id: `${server}.mcp`,
    prefix: mcpPathOf({ server }),
    rewrite: mcpAtTools,
    protocol: "mcp",
    server,
    // Whether people let it through is known before anybody would wait.
    hold: { silent_wait: "0s" },
    ...shared,
  }));
  return [...plain, ...messages];
}

/** server → names of its tools, of the catalog and of the calls. */
function toolNames({ tools, sessions }: TraceGroup): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  const add = (server: string, tool: string): void =>
    void names.set(server, (names.get(server) ?? new Set()).add(tool));
  for (const [server, known] of Object.entries(tools?.catalog ?? {}))
    for (const tool of Object.keys(known ?? {})) add(server, tool);
  for (const { calls } of sessions) for (const { server, tool } of calls) add(server, tool);
  return names;
}

function mcpServers({ sessions }: TraceGroup): readonly string[] {
  const calls = sessions.flatMap((session) => session.calls.filter(({ protocol }) => protocol === "mcp"));
  return [...new Set(calls.map(({ server }) => server))];
}

function openapiOf(server: string, tools: Iterable<string>): object {
  const paths = [...tools].map((tool) => [pathOf({ server, tool }), { post: { operationId: tool } }] as const);
  return { openapi: "3.1.0", info: { title: server, version: "1" }, paths: Object.fromEntries(paths) };
}

function issuerOf({ issuers: [issuer] }: Config): ReplayGateway["issuer"] {
  if (issuer?.keys.kind !== "file") throw new Error("a development issuer keeps its key in a file");
  return { ...openDevIssuer(issuer.keys.path), issuer: issuer.issuer };
}
