import type { RegistrySettings } from "../../domain/registry.ts";
import type { Route } from "../../domain/route.ts";
import type { JsonObject } from "../../lib/json.ts";

/** https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json */
const schema = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json";

/** One MCP server of this gateway, as the registry API (v0.1) describes one. */
export interface ListedServer {
  readonly name: string;
  readonly version: string;
  /** `ServerResponse` of that API. */
  readonly response: JsonObject;
}

export interface ServersDeps {
  readonly settings: RegistrySettings;
  readonly originOf: (route: Route) => string | null;
  /** When the gateway started, in milliseconds since the epoch: what it says of its servers is as old. */
  readonly since: number;
}

/** The server of an MCP route; null while its address is not known. */
export function serverOf(route: Route, { settings, originOf, since }: ServersDeps): ListedServer | null {
  const origin = originOf(route);
  if (origin === null) return null;
  const name = `${settings.namespace}/${route.id}`;
  const words = settings.servers.get(route.id);
  const version = words?.version ?? "1.0.0";
  const at = new Date(since).toISOString();
  return {
    name,
    version,
    response: {
      server: {
        $schema: schema,
        name,
        title: words?.title ?? route.server,
        description: words?.description ?? `Tools of ${route.server}, judged by policy.`,
        version,
        remotes: [{ type: "streamable-http", url: route.prefix === "/" ? origin : `${origin}${route.prefix}` }],
      },
      _meta: {
        "io.modelcontextprotocol.registry/official": {
          status: "active",
          statusChangedAt: at,
          publishedAt: at,
          updatedAt: at,
          isLatest: true,
        },
      },
    },
  };
}

/** What a caller asks for; each null when it does not say. */
export interface ServerQuery {
  readonly search: string | null;
  readonly version: string | null;
  /** Milliseconds since the epoch. */
  readonly updatedSince: number | null;
  /** Name of the last server of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/** One page of them, by name. `since`: when each was updated. */
export function pageOf(servers: readonly ListedServer[], query: ServerQuery, since: number): JsonObject {
  const { search, version, updatedSince, after, limit } = query;
  const found = servers
    .filter(({ name }) => search === null || name.toLowerCase().includes(search.toLowerCase()))
    .filter((one) => version === null || version === "latest" || one.version === version)
    .filter(() => updatedSince === null || since >= updatedSince)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const rest = after === null ? found : found.filter(({ name }) => name > after);
  const shown = rest.slice(0, limit);
  const last = rest.length > limit ? shown.at(-1) : undefined;
  return {
    servers: shown.map(({ response }) => response),
    metadata: { ...(last === undefined ? {} : { nextCursor: cursorOf(last.name) }), count: shown.length },
  };
}

function cursorOf(name: string): string {
  return Buffer.from(name).toString("base64url");
}

/** The name that a cursor stands for; null for what is no cursor of this list. */
export function readCursor(cursor: string): string | null {
  const name = Buffer.from(cursor, "base64url").toString();
  return cursorOf(name) === cursor && /^[\x21-\x7e]{3,200}$/.test(name) ? name : null;
}
