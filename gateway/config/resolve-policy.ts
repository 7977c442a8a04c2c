import { join, resolve } from "node:path";
import type { BundleService, ServedBundle, StatusTarget } from "../domain/bundle-service.ts";
import type { AdoptedPolicy, DataApiSettings, PolicyRequirements } from "../domain/settings.ts";
import { pointerSteps } from "../lib/json.ts";
import { signingAlgorithm } from "./bundle-keys.ts";
import type {
  CacheConfig,
  PolicyConfig,
  PolicySourceConfig,
  ShadowConfig,
  SigningConfig,
  SigningKeyConfig,
  StoredSourceConfig,
} from "./policy-config.ts";
import { isServedBundle, type PolicySourceValues, type ServedBundleValues, type SigningValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";
import { resolveServiceCredential } from "./resolve-service-credential.ts";
import type { ConfigValues } from "./schema.ts";
import { usualSource } from "./schema/policy.ts";

type PolicyValues = ConfigValues["policy"];
type ShadowValues = NonNullable<PolicyValues["shadow"]>;
type RequireValues = NonNullable<PolicyValues["require"]>;

export function resolvePolicy({ policy }: ConfigValues, folder: string, dataDir: string): PolicyConfig {
  return {
    sources: sourcesOf(policy, folder, dataDir),
    adopted: policy.adopt.map(adoptedOf),
    status: statusOf(policy, folder),
    dataApi: policy.data_api === undefined ? null : dataApiOf(policy.data_api, folder),
    pollMs: policy.poll,
    buildTimeoutMs: policy.build_timeout,
    cache: policy.cache.enabled ? cacheOf(policy.cache, folder, dataDir) : null,
    signing: resolveSigning(policy.signing, folder),
    shadow: policy.shadow === undefined ? null : shadowOf(policy.shadow, folder),
    require: policy.require === undefined ? null : requirementsOf(policy.require),
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

function cacheOf({ dir, key, max }: PolicyValues["cache"], folder: string, dataDir: string): CacheConfig {
  return {
    folder: dir === undefined ? join(dataDir, "policy-cache") : resolve(folder, dir),
    keyReference: key === undefined ? null : absoluteReference(key, folder),
    maxBytes: max,
  };
}

function adoptedOf({ path, for: servers, input }: PolicyValues["adopt"][number]): AdoptedPolicy {
  if (typeof input === "string") return { path, servers, input };
  const members = Object.entries(input).map(([name, pointer]) => [name, pointerSteps(pointer)]);
  return { path, servers, input: Object.fromEntries(members) as Record<string, string[]> };
}

function sourcesOf(values: PolicyValues, folder: string, dataDir: string): PolicySourceConfig[] {
  const { source = usualSource, sources = [source] as readonly PolicySourceValues[], services } = values;
  return sources.map((entry): PolicySourceConfig => {
    // A folder of that name is ./library, also where it is the only source.
    if (values.sources === undefined && typeof entry === "string")
      return { kind: "folder", path: resolve(folder, entry) };
    if (!isServedBundle(entry)) return storedSource(entry, folder);
    const served = servedBundle(entry, services, { folder, dataDir });
    return { kind: "bundle", served, signing: resolveSigning(entry.signing, folder) };
  });
}

function storedSource(entry: Exclude<PolicySourceValues, ServedBundleValues>, folder: string): StoredSourceConfig {
  if (entry === "library") return { kind: "library" };
  if (typeof entry === "string") return { kind: "folder", path: resolve(folder, entry) };
  return { kind: "archive", path: resolve(folder, entry.archive) };
}

function shadowOf({ sources, cpu_percent, queue }: ShadowValues, folder: string): ShadowConfig {
  return { sources: sources.map((entry) => storedSource(entry, folder)), cpuShare: cpu_percent / 100, queue };
}

function requirementsOf({ tests, coverage, impact, approval }: RequireValues): PolicyRequirements {
  return {
    tests,
    coverage: coverage ?? null,
    impact:
      impact === undefined
        ? null
        : { last: impact.last, comparedPercent: impact.compared_percent, timeoutMs: impact.timeout },
    approval:
      approval === undefined
        ? null
        : { role: approval.role, count: approval.count, when: approval.when, withinMs: approval.within },
  };
}

function servedBundle(
  values: ServedBundleValues,
  services: PolicyValues["services"],
  { folder, dataDir }: { readonly folder: string; readonly dataDir: string },
): ServedBundle {
  const { bundle: name, polling } = values;
  return {
    name,
    service: serviceNamed(values.service, services, folder),
    resource: (values.resource ?? `bundles/${name}`).replace(/^\/+|\/+$/g, ""),
    polling: {
      minMs: polling.min_delay_seconds * 1_000,
      maxMs: polling.max_delay_seconds * 1_000,
      waitS: polling.long_polling_timeout_seconds ?? null,
    },
    persist: values.persist,
    maxBytes: values.size_limit_bytes,
    maxStaleMs: values.max_stale ?? null,
    denyStale: values.when_stale === "deny",
    folder: join(dataDir, "bundles", name),
  };
}

function dataApiOf({ paths, clients, roles }: NonNullable<PolicyValues["data_api"]>, folder: string): DataApiSettings {
  const tokens = Object.entries(clients).map(([name, { token }]) => [name, absoluteReference(token, folder)] as const);
  return { paths, roles, tokens: new Map(tokens) };
}

function statusOf({ status, services }: PolicyValues, folder: string): StatusTarget | null {
  if (status === undefined) return null;
  return { service: serviceNamed(status.service, services, folder), partition: status.partition_name ?? "" };
}

function serviceNamed(name: string, services: PolicyValues["services"], folder: string): BundleService {
  const service = services[name];
  if (service === undefined) throw new Error(`the service ${name} passed the checks and is not there`);
  return serviceOf(name, service, folder);
}

function serviceOf(name: string, values: PolicyValues["services"][string], folder: string): BundleService {
  const { client_tls: client } = values.credentials;
  const { ca_cert: ca } = values.tls;
  const headers = Object.entries(values.headers).map(([key, value]) => [key, absoluteReference(value, folder)]);
  return {
    name,
    type: values.type ?? "bundles",
    url: values.url.replace(/\/+$/, ""),
    headers: Object.fromEntries(headers) as Record<string, string>,
    credential: resolveServiceCredential(values, folder),
    tls: {
      caFile: ca === undefined ? null : resolve(folder, ca),
      client:
        client === undefined
          ? null
          : { certFile: resolve(folder, client.cert), keyFile: resolve(folder, client.private_key) },
    },
    addresses: new Set(values.allow_addresses),
    headerTimeoutMs: values.response_header_timeout_seconds * 1_000,
  };
}

function resolveSigning(signing: SigningValues | undefined, folder: string): SigningConfig | null {
  if (signing === undefined) return null;
  const keys = Object.entries(signing.keys).map(([id, key]) => [id, keyOf(key, folder)] as const);
  return { keys: new Map(keys), keyId: signing.keyid ?? null, scope: signing.scope };
}

type KeyValues = SigningValues["keys"][string];

function keyOf(key: KeyValues, folder: string): SigningKeyConfig {
  const from =
    key.secret === undefined
      ? { file: resolve(folder, key.file ?? "") }
      : { secret: absoluteReference(key.secret, folder) };
  return { algorithm: signingAlgorithm(key), from };
}
