import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { JsonLimits, Route, SessionNames, ToolSearch } from "../domain/route.ts";
import { readYaml } from "../lib/yaml-places.ts";
import { operationsAudience, routeAudience } from "./audiences.ts";
import { isAuthorizedHere } from "./authorized-here.ts";
import type { RouteValues } from "./draft.ts";
import { resolveBridge } from "./resolve-bridge.ts";

export interface RouteContext {
  readonly folder: string;
  /** Public URL of the agents listener; null when it is only known after binding (then `audience` is given). */
  readonly publicUrl: string | null;
  /** `IssuerConfig.trust` by issuer id. */
  readonly issuers: ReadonlyMap<string, string>;
  /** Where callers name their sessions. */
  readonly session: SessionNames;
  /** The gateway as authorization server; absent or null: it is none. */
  readonly authorizes?: { readonly issuer: string | null; readonly roles: readonly string[] } | null;
}

/** Of the route on which the operations of an HTTP route are tools. */
export function mcpRouteId(id: string): string {
  return `${id}.mcp`;
}

const defaultMethods = { http: ["GET", "POST"], mcp: ["GET", "POST", "DELETE"] };

/** A checked route of the file, and the one on which its operations are tools, where there is one. */
export function resolveRoutes(values: RouteValues, context: RouteContext): Route[] {
  const route = resolveRoute(values, context);
  const { mcp } = values.tools;
  return mcp === undefined ? [route] : [route, servingOperations(route, mcp, values, context)];
}

/** An MCP server of the gateway's own, whose calls go where those of the HTTP route go. */
function servingOperations(http: Route, prefix: string, values: RouteValues, context: RouteContext): Route {
  return {
    ...http,
    id: mcpRouteId(http.id),
    prefix,
    upstreamPrefix: prefix,
    protocol: "mcp",
    operationsOf: http,
    methods: new Set(["POST"]),
    audience: operationsAudience(values, prefix, context.publicUrl),
    ...trustOf({ ...values, protocol: "mcp" }, context),
    body: { ...http.body, policy: "read", accept: ["application/json"] },
    toolSearch: toolSearchOf(values.tools),
  };
}

/** A checked route of the file as the other modules know it. */
export function resolveRoute(values: RouteValues, context: RouteContext): Route {
  return {
    id: values.id,
    host: values.host,
    prefix: values.prefix,
    upstreamPrefix: values.rewrite ?? values.prefix,
    protocol: values.protocol,
    server: values.server,
    upstream: upstreamOf(values, context.folder),
    methods: new Set(values.methods ?? defaultMethods[values.protocol]),
    audience: routeAudience(values, context.publicUrl),
    ...trustOf(values, context),
    proof: { required: values.proof.required, dpopNonce: values.proof.dpop_nonce ?? null },
    body: {
      policy: values.body.policy,
      maxBytes: values.body.max,
      accept: values.body.accept,
      limits: resolveLimits(values.body.limits),
    },
    openapi: values.openapi === undefined ? null : readOpenapi(context.folder, values.openapi),
    origins: values.origins,
    hold: holdOf(values),
    results: {
      policy: values.results.policy,
      maxBytes: values.results.max,
      oversize: values.results.on_oversize,
      streams: values.results.streams,
    },
    toolSearch: values.protocol === "mcp" ? toolSearchOf(values.tools) : null,
    pins: values.pins,
    session: context.session,
    task: values.task,
    durability: values.durability,
    credential: values.credential ?? null,
  };
}

/** Where the gateway gives out tokens itself, its roles are what clients ask for unless the route says otherwise. */
function trustOf(values: RouteValues, { issuers, authorizes }: RouteContext): Pick<Route, "issuers" | "scopes"> {
  const named = values.issuers.flatMap((id) => issuers.get(id) ?? []);
  const own = authorizes?.issuer ?? null;
  if (own === null || !isAuthorizedHere(values, true)) return { issuers: named, scopes: values.scopes };
  const scopes = values.scopes.length === 0 ? (authorizes?.roles ?? []) : values.scopes;
  return { issuers: [own, ...named], scopes };
}

function holdOf({ hold }: RouteValues): Route["hold"] {
  return {
    status: hold.status,
    maxWaitMs: hold.max_wait,
    silentWaitMs: hold.silent_wait,
    clientTimeoutMs: hold.client_timeout,
    progressResetsTimeout: hold.progress_resets_timeout,
    keepResultMs: hold.keep_result,
    progressEveryMs: hold.progress_every,
    tasks: hold.tasks,
    approvalPage: hold.approval_page,
    boundHeaders: new Set(hold.bind_headers),
    onCancel: hold.on_cancel,
  };
}

function toolSearchOf(tools: RouteValues["tools"]): ToolSearch | null {
  return tools.offer === "list" ? null : { searchAs: tools.search_as, callAs: tools.call_as };
}

export function resolveLimits(limits: RouteValues["body"]["limits"]): JsonLimits {
  return {
    maxDepth: limits.depth,
    maxKeysPerObject: limits.keys_per_object,
    maxKeys: limits.keys,
    maxStringBytes: limits.string,
  };
}

function upstreamOf({ id, upstream }: RouteValues, folder: string): Route["upstream"] {
  const bridge = resolveBridge(upstream, folder);
  return {
    origin: upstream.origin ?? `stdio://${id}`,
    ...(bridge === null ? {} : { bridge }),
    addresses: new Set(["public" as const, ...upstream.allow_addresses]),
    connectTimeoutMs: upstream.connect_timeout,
    headersTimeoutMs: upstream.headers_timeout,
    bodyTimeoutMs: upstream.body_timeout,
    maxResponseBytes: upstream.max_response,
    connections: upstream.connections,
    answerHeaders: new Set<string>(upstream.answer_headers),
    requestHeaders: new Set(upstream.request_headers),
  };
}

/**
 * An OpenAPI 3 document, JSON or YAML, as plain values.
 * @throws Error with one sentence that names the file and what is wrong in it
 */
export function readOpenapi(folder: string, named: string): unknown {
  const { faults, values } = readYaml(openapiText(folder, named));
  const fault = faults[0];
  if (fault !== undefined) throw new Error(`${named}:${fault.place.line}:${fault.place.column} ${fault.message}`);
  const document = values as { openapi?: unknown; paths?: unknown } | null;
  if (typeof document?.openapi !== "string" || !document.openapi.startsWith("3."))
    throw new Error(`${named} is not an OpenAPI 3 document`);
  if (typeof document.paths !== "object" || document.paths === null) throw new Error(`${named} has no paths`);
  return document;
}

function openapiText(folder: string, named: string): string {
  try {
    return readFileSync(resolve(folder, named), "utf8");
  } catch (failure) {
    const missing = (failure as NodeJS.ErrnoException).code === "ENOENT";
    throw new Error(missing ? `no such file: ${named}` : `cannot read ${named}`, { cause: failure });
  }
}
