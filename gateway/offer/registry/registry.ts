import { notAllowed } from "../../domain/endpoint.ts";
import { asRefusal, Refusal } from "../../domain/errors.ts";
import type { Exchange } from "../../domain/exchange.ts";
import type { Route } from "../../domain/route.ts";
import type { Subject } from "../../domain/subject.ts";
import type { JsonObject } from "../../lib/json.ts";
import { writeJson } from "../../lib/json-answer.ts";
import { firstHeader } from "../../lib/request-headers.ts";
import { readPairs } from "../../parse/target/query.ts";
import { type ListedServer, pageOf, readCursor, type ServerQuery, serverOf, type ServersDeps } from "./servers.ts";

export interface RegistryDeps extends ServersDeps {
  readonly routes: readonly Route[];
  /** Who calls, by the rules of this route. @throws Refusal with its challenge */
  readonly identify: (exchange: Exchange, route: Route) => Promise<Subject> | Subject;
  /** @throws Refusal when the caller's access was taken away */
  readonly assertStanding: (subject: Subject) => Promise<void>;
  /** `iss` of the tokens that this gateway gives out itself; null where it is no authorization server. */
  readonly ownIssuer: string | null;
  readonly refuse: (exchange: Exchange, refusal: Refusal) => void;
}

const mostOfPage = 100;

/**
 * GET /v0.1/servers, /v0.1/servers/{name}/versions and /v0.1/servers/{name}/versions/{version}, as the MCP registry API has them: of the
 * MCP servers behind this gateway, those that the caller's token is for, those for which its person can sign in here, and those that are
 * public. Read-only; nothing is recorded.
 */
export function registry(deps: RegistryDeps): (exchange: Exchange) => Promise<void> {
  const routes = deps.routes.filter(({ protocol }) => protocol === "mcp");
  return async function answer(exchange) {
    try {
      if (exchange.req.method !== "GET") throw notAllowed(["GET"]);
      const [path = "", search = ""] = (exchange.req.url ?? "").split("?", 2);
      const asked = pathOf(path);
      const query = queryOf(new Map(readPairs(search).pairs), deps.settings.perPage);
      const servers = await seenBy(deps, routes, exchange);
      const found = asked.name === null ? pageOf(servers, query, deps.since) : about(servers, asked);
      if (found === null) write(exchange, 404, { error: "Server not found" });
      else write(exchange, 200, found);
    } catch (thrown) {
      deps.refuse(exchange, asRefusal(thrown));
    }
  };
}

interface AskedPath {
  readonly name: string | null;
  /** Null: all of them. */
  readonly version: string | null;
}

/** @throws Refusal route_unknown */
function pathOf(path: string): AskedPath {
  const [, name, version] = /^\/v0\.1\/servers(?:\/([^/]+)\/versions(?:\/([^/]+))?)?$/.exec(path) ?? unknown();
  return { name: decoded(name), version: decoded(version) };
}

function decoded(segment: string | undefined): string | null {
  if (segment === undefined) return null;
  try {
    return decodeURIComponent(segment);
  } catch {
    return unknown();
  }
}

function unknown(): never {
  throw new Refusal("route_unknown", { hint: "there is /v0.1/servers, with /{name}/versions and /{version}" });
}

/** @throws Refusal registry_query_invalid */
function queryOf(given: ReadonlyMap<string, string>, page: number): ServerQuery {
  const { search, version, updated_since, cursor, limit } = Object.fromEntries(given);
  const since = updated_since === undefined ? null : Date.parse(updated_since);
  const after = cursor === undefined || cursor === "" ? null : readCursor(cursor);
  if (Number.isNaN(since)) wrong("updated_since is no time");
  if (cursor !== undefined && cursor !== "" && after === null) wrong("the cursor is none of this list");
  const most = limit === undefined ? page : Number(limit);
  if (limit !== undefined && !(/^[1-9]\d*$/.test(limit) && most <= mostOfPage))
    wrong(`limit is no number from 1 to ${mostOfPage}`);
  return { search: search ?? null, version: version ?? null, updatedSince: since, after, limit: most };
}

function wrong(hint: string): never {
  throw new Refusal("registry_query_invalid", { hint });
}

/**
 * Without a credential, the public ones; with one, those of every route that takes it besides, and with one of this gateway those of
 * every route for which it gives tokens.
 * @throws Refusal that of the first route where no route takes the credential, or there is none and nothing is public
 */
async function seenBy(deps: RegistryDeps, routes: readonly Route[], exchange: Exchange): Promise<ListedServer[]> {
  const isPublic = ({ id }: Route): boolean => deps.settings.servers.get(id)?.isPublic === true;
  const anonymous = firstHeader(exchange.req.rawHeaders, "authorization") === undefined;
  const taken = new Set<Route>();
  let isSignedInHere = false;
  let refusal: Refusal | null = null;
  for (const route of routes) {
    try {
      const subject = await deps.identify(exchange, route);
      await deps.assertStanding(subject);
      taken.add(route);
      // A token of this gateway is for one route; its person gets another for each route by signing in. One of a task is for the task.
      isSignedInHere ||= subject.issuer === deps.ownIssuer && subject.task === null;
    } catch (thrown) {
      refusal ??= asRefusal(thrown);
    }
  }
  const isOpen = ({ issuers }: Route): boolean => isSignedInHere && issuers.includes(deps.ownIssuer ?? "");
  const shown = routes.filter((route) => taken.has(route) || isPublic(route) || isOpen(route));
  if (refusal !== null && taken.size === 0 && (shown.length === 0 || !anonymous)) throw refusal;
  return shown.flatMap((route) => serverOf(route, deps) ?? []);
}

function about(servers: readonly ListedServer[], { name, version }: AskedPath): JsonObject | null {
  const server = servers.find((one) => one.name === name);
  if (server === undefined) return null;
  if (version === null) return { servers: [server.response], metadata: { count: 1 } };
  return version === "latest" || version === server.version ? server.response : null;
}

function write({ res, context }: Exchange, status: number, document: object): void {
  // What one caller may see is not for another.
  const headers = { Vary: "Authorization", "Sallyport-Decision": context.decisionId };
  writeJson(res, { status, headers, body: document });
}
