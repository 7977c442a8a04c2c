import { join, resolve } from "node:path";
import type { Bind, Config, IssuerConfig, ListenerLimits, ListenerTls, Login } from "./config.ts";
import type { OidcSettings } from "../domain/settings.ts";
import { absoluteReference, parseReference, readSecret } from "./environment.ts";
import { publicUrlOf } from "./audiences.ts";
import { rolesOf } from "./authorized-here.ts";
import { ownIssuer, resolveAuthorization } from "./resolve-authorization.ts";
import { resolveChannels } from "./resolve-channels.ts";
import { resolveConnectedAccounts } from "./resolve-person-credential.ts";
import { resolveCredentials } from "./resolve-credentials.ts";
import { resolveIssuer } from "./resolve-issuers.ts";
import { resolveLimitSettings } from "./resolve-limits.ts";
import { resolveAuthzen, resolveTasks, resolveTaskText } from "./resolve-own-routes.ts";
import { resolveRoutes, type RouteContext } from "./resolve-routes.ts";
import { type LocatedFile, resolvePolicy } from "./resolve-policy.ts";
import { resolveRecord } from "./resolve-record.ts";
import { resolveTraces } from "./resolve-ship.ts";
import { resolveSignals } from "./resolve-signals.ts";
import type { ConfigValues } from "./schema.ts";
import { parseDuration } from "./schema/values.ts";

/** Checked values of a file become the configuration: absolute paths, references put together, frozen. */
export function resolveConfig(values: ConfigValues, located: LocatedFile, folder: string): Config {
  const dataDir = resolve(folder, values.data_dir);
  const issuers = values.issuers.map((issuer) => resolveIssuer(issuer, folder, dataDir));
  const { publicUrl } = bindOf(values.listeners.agents);
  const context: RouteContext = {
    folder,
    publicUrl,
    issuers: new Map(issuers.map(({ id, trust }) => [id, trust])),
    session: { header: values.sessions.header, meta: values.sessions.meta },
    authorizes: values.authorization === undefined ? null : { issuer: publicUrl, roles: rolesOf(values) },
  };
  const authorization = resolveAuthorization(values, context);
  return deepFreeze<Config>({
    file: located.file,
    instance: values.instance,
    environment: values.environment,
    labels: values.labels,
    dataDir,
    listeners: listenersOf(values, folder),
    issuers: authorization === null ? issuers : [...issuers, ownIssuer(authorization)],
    routes: values.routes.flatMap((route) => resolveRoutes(route, context)),
    ...credentialsOf(values, folder, { issuers, authorization }),
    policy: resolvePolicy(values, folder, dataDir, located),
    store: storeOf(values, folder, dataDir),
    record: resolveRecord(values, folder, dataDir),
    traces: resolveTraces(values, folder),
    sessions: sessionsOf(values, issuers, context),
    tasks: resolveTasks(values.tasks, issuers, context),
    holds: holdsOf(values),
    limits: resolveLimitSettings(values.limits),
    authorization,
    authzen: resolveAuthzen(values.authzen, context),
    registry: registryOf(values),
    channels: resolveChannels(values.channels, folder),
    signals: resolveSignals(values, { issuers, authorization }, context),
    log: values.log,
    secret: (reference) => secretOf(reference, folder),
  });
}

function listenersOf(values: ConfigValues, folder: string): Config["listeners"] {
  const { agents } = values.listeners;
  return {
    agents: { ...bindOf(agents), limits: limitsOf(values), tls: tlsOf(values, folder) },
    console: consoleOf(values, folder),
  };
}

function registryOf({ registry }: ConfigValues): Config["registry"] {
  if (registry === undefined) return null;
  const servers = Object.entries(registry.servers).map(([route, { title, description, version, public: isPublic }]) => {
    return [route, { title: title ?? null, description: description ?? null, version, isPublic }] as const;
  });
  return { namespace: registry.namespace, perPage: registry.page, servers: new Map(servers) };
}

function storeOf({ store }: ConfigValues, folder: string, dataDir: string): Config["store"] {
  const { sqlite, postgres } = store;
  if (postgres === undefined)
    return { sqlite: sqlite === undefined ? join(dataDir, "sallyport.db") : resolve(folder, sqlite) };
  const { url, pool, statement_timeout: statementTimeoutMs } = postgres;
  return { postgres: { urlReference: absoluteReference(url, folder), pool, statementTimeoutMs } };
}

function credentialsOf(
  values: ConfigValues,
  folder: string,
  { issuers, authorization }: { readonly issuers: readonly IssuerConfig[] } & Pick<Config, "authorization">,
): Pick<Config, "credentials" | "connectedAccounts"> {
  return {
    credentials: resolveCredentials(values, folder, issuers, authorization),
    connectedAccounts: resolveConnectedAccounts(values.connected_accounts, folder),
  };
}

function sessionsOf(
  { sessions, authzen }: ConfigValues,
  issuers: readonly IssuerConfig[],
  context: RouteContext,
): Config["sessions"] {
  return {
    idleMs: sessions.idle,
    history: sessions.history,
    labelWindowMs: sessions.label_window,
    // What a client executes itself is in its caller's own window; what its calls have met has to be known there.
    byTransport: sessions.transport ?? authzen?.hooks === undefined,
    byTrace: authzen?.hooks === undefined,
    digestKeyReference:
      sessions.digest_key === undefined ? null : absoluteReference(sessions.digest_key, context.folder),
    taskText: resolveTaskText(sessions.task_text, issuers, context),
  };
}

function holdsOf({ holds }: ConfigValues): Config["holds"] {
  return {
    perSubject: holds.per_subject,
    minReviewTimeMs: holds.irreversible_dwell,
    approverBudget: holds.approver_budget ?? null,
  };
}

function consoleOf(values: ConfigValues, folder: string): Config["listeners"]["console"] {
  const { console: listener } = values.listeners;
  return { ...bindOf(listener), trustedProxies: listener.trusted_proxies, login: resolveLogin(values, folder) };
}

function limitsOf(values: ConfigValues): ListenerLimits {
  const { limits } = values.listeners.agents;
  return {
    maxHeaderBytes: limits.headers,
    maxHeaders: limits.header_count,
    // Headers are part of the whole request; Node would not start with more time for the part.
    headersTimeoutMs: Math.min(limits.headers_timeout, limits.request_timeout),
    requestTimeoutMs: limits.request_timeout,
    keepAliveMs: limits.keep_alive,
    connections: limits.connections,
    pipelined: limits.pipelined,
    stalledReaderMs: limits.stalled_reader,
    drainMs: limits.drain,
    finishMs: limits.finish,
    proofs: limits.proofs,
  };
}

function tlsOf(values: ConfigValues, folder: string): ListenerTls | null {
  const { tls } = values.listeners.agents;
  if (tls === undefined) return null;
  return {
    certFile: resolve(folder, tls.cert),
    keyFile: resolve(folder, tls.key),
    clientCaFile: tls.client_ca === undefined ? null : resolve(folder, tls.client_ca),
    requestClientCertificate: tls.request_client_certificate,
  };
}

function bindOf(listener: { host: string; port: number; public_url?: string | undefined; tls?: unknown }): Bind {
  return { host: listener.host, port: listener.port, publicUrl: publicUrlOf(listener) };
}

export function secretOf(reference: string, folder: string): string {
  const parsed = parseReference(reference, folder);
  // The message does not repeat the text: it may be a secret in the wrong place.
  if (parsed === null) throw new Error("a secret reference must be env:NAME or file:PATH");
  return readSecret(parsed);
}

/** Freezes a value and all it holds. Sets and maps lose the methods that change them. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map || value instanceof Set) lock(value);
  Object.freeze(value);
  for (const inner of value instanceof Map || value instanceof Set ? value.values() : Object.values(value))
    deepFreeze(inner);
  return value;
}

function lock(collection: Map<unknown, unknown> | Set<unknown>): void {
  const refuse = () => {
    throw new TypeError("the configuration cannot be changed");
  };
  for (const method of ["set", "add", "delete", "clear"]) {
    if (method in collection) Object.defineProperty(collection, method, { value: refuse });
  }
}

type LoginValues = NonNullable<ConfigValues["listeners"]["console"]["login"]>;

/** null: no one can sign in. */
function resolveLogin({ listeners }: ConfigValues, folder: string): Login | null {
  const { login } = listeners.console;
  if (login === undefined) return null;
  return { users: login.users, oidc: resolveOidc(login, folder), stepUpMs: login.step_up_window };
}

function resolveOidc(login: LoginValues, folder: string): OidcSettings | null {
  const { kind, issuer, client_id, client_secret, claims } = login;
  if (kind === "local") return null;
  if (issuer === undefined || client_id === undefined || client_secret === undefined)
    throw new Error("a provider without issuer, client_id and client_secret passed the checks");
  return {
    issuer,
    clientId: client_id,
    secretReference: absoluteReference(client_secret, folder),
    scopes: login.scopes ?? ["openid"],
    claims: {
      name: claims?.name ?? "preferred_username",
      roles: claims?.roles ?? "roles",
      teams: claims?.teams ?? null,
      also: claims?.also ?? ["email"],
    },
    roles: new Map(Object.entries(login.roles ?? {})),
    teams: new Map(Object.entries(login.teams ?? {})),
    label: login.label ?? new URL(issuer).host,
    rolesForMs: login.roles_for ?? parseDuration("12h"),
  };
}
