import type { Route } from "../domain/route.ts";
import { defaultAudience, ownPrefixes } from "./audiences.ts";
import type { AuthzenConfig, IssuerConfig, TasksConfig, TaskTextConfig } from "./config.ts";
import { absoluteReference } from "./environment.ts";
import { resolveLimits, type RouteContext } from "./resolve-routes.ts";
import type { ConfigValues } from "./schema.ts";
import { formType } from "../lib/media-type.ts";

export function resolveAuthzen(values: ConfigValues["authzen"], context: RouteContext): AuthzenConfig | null {
  if (values === undefined) return null;
  const { allow, allow_addresses, secret, timeout } = values.callbacks;
  const { issuers, audience, proof, body, hooks } = values;
  const bodyRules = { maxBytes: body.max, limits: resolveLimits(body.limits) };
  return {
    route: ownRoute(
      {
        id: "authzen",
        prefix: ownPrefixes.authzen,
        protocol: "authzen",
        methods: ["GET", "POST", "DELETE"],
        audience: audience ?? defaultAudience(context.publicUrl, ownPrefixes.authzen),
        issuers: trusted(issuers, context),
        proof,
        body: bodyRules,
      },
      context,
    ),
    hooks: resolveHooks(hooks, bodyRules, context),
    evaluations: values.evaluations,
    requestWithinMs: values.request_within,
    ignoredContext: ["time", ...values.ignored_context],
    callbacks: {
      allow,
      addresses: new Set(["public" as const, ...allow_addresses]),
      secretReference: secret === undefined ? null : absoluteReference(secret, context.folder),
      timeoutMs: timeout,
    },
  };
}

/** The clients of agents ask with their agents' own tokens, which no other endpoint takes. */
function resolveHooks(
  values: NonNullable<ConfigValues["authzen"]>["hooks"],
  body: OwnRoute["body"],
  context: RouteContext,
): AuthzenConfig["hooks"] {
  if (values === undefined) return null;
  const { issuers, audience, proof, server } = values;
  const prefix = ownPrefixes.hooks;
  const gateway = context.authorizes?.issuer ?? null;
  return {
    server,
    route: ownRoute(
      {
        id: "authzen-self",
        prefix,
        protocol: "authzen",
        methods: ["GET", "POST", "DELETE"],
        audience: audience ?? defaultAudience(context.publicUrl, prefix),
        issuers: [...(gateway === null ? [] : [gateway]), ...trusted(issuers, context)],
        proof,
        body,
      },
      context,
    ),
  };
}

/** Far more than what is kept: a text that is too long is cut, and the answer says so. */
const taskTextBody: Pick<Route["body"], "maxBytes" | "limits"> = {
  maxBytes: 1024 * 1024,
  limits: { maxDepth: 4, maxKeysPerObject: 16, maxKeys: 16, maxStringBytes: 1024 * 1024 },
};

/** Without a client in it nobody may add anything, and the endpoint says so. */
export function resolveTaskText(
  values: ConfigValues["sessions"]["task_text"],
  all: readonly IssuerConfig[],
  context: RouteContext,
): TaskTextConfig {
  const { clients, scope, keep, audience, proof } = values;
  const issuing = all.filter(({ kind }) => kind !== "spiffe-x509");
  const named = values.issuers ?? issuing.map(({ id }) => id);
  return {
    route: ownRoute(
      {
        id: "task-text",
        prefix: ownPrefixes.taskText,
        protocol: "http",
        methods: ["POST"],
        audience: audience ?? defaultAudience(context.publicUrl, ownPrefixes.taskText),
        issuers: trusted(named, context),
        proof,
        body: taskTextBody,
      },
      context,
    ),
    clients: new Set(clients),
    issuers: new Set(issuing.filter(({ id }) => named.includes(id)).map(({ issuer }) => issuer)),
    scope,
    keepMs: keep,
  };
}

/** Lists of tools, targets and agents, and a text of 16 KiB. */
const taskBody: Pick<Route["body"], "maxBytes" | "limits"> = {
  maxBytes: 256 * 1024,
  limits: { maxDepth: 6, maxKeysPerObject: 64, maxKeys: 2_048, maxStringBytes: 128 * 1024 },
};

/** Without a client in it people alone open tasks; agents get their tokens below the same path. */
export function resolveTasks(
  values: ConfigValues["tasks"],
  all: readonly IssuerConfig[],
  context: RouteContext,
): TasksConfig {
  const { clients, scope, roles, audience, proof } = values;
  const issuing = all.filter(({ kind }) => kind !== "spiffe-x509");
  const named = values.issuers ?? issuing.map(({ id }) => id);
  return {
    route: {
      ...ownRoute(
        {
          id: "tasks",
          prefix: ownPrefixes.tasks,
          protocol: "http",
          methods: ["GET", "POST"],
          audience: audience ?? defaultAudience(context.publicUrl, ownPrefixes.tasks),
          issuers: trusted(named, context),
          proof,
          body: taskBody,
        },
        context,
      ),
      body: { policy: "read", accept: ["application/json", formType], ...taskBody },
    },
    clients: new Set(clients),
    issuers: new Set(issuing.filter(({ id }) => named.includes(id)).map(({ issuer }) => issuer)),
    scope,
    roles,
    usualMs: values.time,
    longestMs: values.longest,
    mostOpen: values.most_open,
    tokenMs: values.token,
  };
}

function trusted(ids: readonly string[], { issuers }: RouteContext): string[] {
  return ids.flatMap((id) => issuers.get(id) ?? []);
}

/** Nobody waits with the connection open, and nothing is held. */
const neverWaits: Route["hold"] = {
  status: 202,
  maxWaitMs: 0,
  silentWaitMs: 0,
  clientTimeoutMs: 0,
  progressResetsTimeout: false,
  keepResultMs: 0,
  progressEveryMs: 0,
  tasks: false,
  approvalPage: false,
  boundHeaders: new Set(),
  onCancel: "detach",
};

const noUpstream: Omit<Route["upstream"], "origin"> = {
  addresses: new Set(),
  connectTimeoutMs: 0,
  headersTimeoutMs: 0,
  bodyTimeoutMs: 0,
  maxResponseBytes: 0,
  connections: 0,
  answerHeaders: new Set(),
  requestHeaders: new Set(),
};

interface OwnRoute extends Pick<Route, "id" | "prefix" | "protocol" | "audience" | "issuers"> {
  readonly methods: readonly string[];
  readonly proof: { readonly required: boolean; readonly dpop_nonce?: boolean | undefined };
  readonly body: Pick<Route["body"], "maxBytes" | "limits">;
}

/** A route that forwards nothing: requests are read as strictly and authenticated in the same way as calls. */
export function ownRoute(
  { id, prefix, protocol, methods, audience, issuers, proof, body }: OwnRoute,
  { session }: RouteContext,
): Route {
  return {
    id,
    prefix,
    protocol,
    audience,
    issuers,
    host: "*",
    upstreamPrefix: prefix,
    server: id,
    upstream: { origin: `http://${id}.invalid`, ...noUpstream },
    methods: new Set(methods),
    proof: { required: proof.required, dpopNonce: proof.dpop_nonce ?? null },
    body: { policy: "read", accept: ["application/json"], ...body },
    openapi: null,
    scopes: [],
    origins: [],
    hold: neverWaits,
    results: { policy: "off", maxBytes: 0, oversize: "block", streams: "buffer" },
    session,
    durability: "strict",
  };
}
