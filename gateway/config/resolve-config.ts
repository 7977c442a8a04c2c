import { join, resolve } from "node:path";
import type { Bind, Config, Credential, ListenerLimits, ListenerTls, PolicyConfig } from "./config.ts";
import { parseReference, readSecret } from "./environment.ts";
import { deepFreeze } from "./freeze.ts";
import { resolveAuthzen } from "./resolve-authzen.ts";
import { resolveChannels } from "./resolve-channels.ts";
import { resolveIssuer } from "./resolve-issuer.ts";
import { resolveLogin } from "./resolve-login.ts";
import { resolveRoute } from "./resolve-route.ts";
import { resolveSigning } from "./resolve-signing.ts";
import type { ConfigValues } from "./schema.ts";

/** Checked values of a file become the configuration: absolute paths, references put together, frozen. */
export function resolveConfig(values: ConfigValues, file: string, folder: string): Config {
  const dataDir = resolve(folder, values.data_dir);
  const issuers = values.issuers.map((issuer) => resolveIssuer(issuer, folder, dataDir));
  const agents = bindOf(values.listeners.agents);
  const around = {
    folder,
    publicUrl: agents.publicUrl,
    issuers: new Map(issuers.map(({ id, trust }) => [id, trust])),
  };
  return deepFreeze<Config>({
    file,
    instance: values.instance,
    environment: values.environment,
    dataDir,
    listeners: {
      agents: { ...agents, limits: limitsOf(values), tls: tlsOf(values, folder) },
      console: consoleOf(values, folder),
    },
    issuers,
    routes: values.routes.map((route) => resolveRoute(route, around)),
    credentials: credentialsOf(values, folder),
    policy: policyOf(values, folder),
    store: {
      sqlite: values.store.sqlite === undefined ? join(dataDir, "sallyport.db") : resolve(folder, values.store.sqlite),
    },
    record: {
      dir: values.record.dir === undefined ? join(dataDir, "log") : resolve(folder, values.record.dir),
      mask: values.record.mask,
      bufferedCap: values.record.buffered_cap,
    },
    sessions: { idleMs: values.sessions.idle, history: values.sessions.history },
    holds: holdsOf(values),
    authzen: resolveAuthzen(values.authzen, around),
    channels: resolveChannels(values.channels, folder),
    log: values.log,
    secret: (reference) => secretOf(reference, folder),
  });
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
  const host = listener.host.includes(":") ? `[${listener.host}]` : listener.host;
  const scheme = listener.tls === undefined ? "http" : "https";
  const bound = listener.port === 0 ? null : `${scheme}://${host}:${listener.port}`;
  return { host: listener.host, port: listener.port, publicUrl: listener.public_url ?? bound };
}

function credentialsOf(values: ConfigValues, folder: string): ReadonlyMap<string, Credential> {
  return new Map(
    Object.entries(values.credentials).map(([name, { header, prefix, value }]) => {
      const reference = parseReference(value, folder);
      const absolute = reference?.kind === "file" ? `file:${reference.path}` : value;
      return [name, { name, header: header.toLowerCase(), prefix, reference: absolute }];
    }),
  );
}

function policyOf({ policy }: ConfigValues, folder: string): PolicyConfig {
  return {
    source:
      typeof policy.source === "string"
        ? { kind: "folder", path: resolve(folder, policy.source) }
        : { kind: "archive", path: resolve(folder, policy.source.archive) },
    pollMs: policy.poll,
    buildTimeoutMs: policy.build_timeout,
    signing: resolveSigning(policy.signing, folder),
    fuel: policy.fuel,
    memoryBytes: policy.memory,
    input: {
      maxBytes: policy.input.max,
      maxDepth: policy.input.depth,
      maxKeysPerObject: policy.input.keys_per_object,
      maxKeys: policy.input.keys,
    },
  };
}

function secretOf(reference: string, folder: string): string {
  const parsed = parseReference(reference, folder);
  // The text itself stays unsaid: it may be a secret in the wrong place.
  if (parsed === null) throw new Error("a secret reference must be env:NAME or file:PATH");
  return readSecret(parsed);
}
