import { basename, join, resolve } from "node:path";
import type {
  AdoptedPolicy,
  ConfiguredAdoption,
  ConfiguredPlace,
  DataApiSettings,
  PolicyRequirements,
} from "../domain/settings.ts";
import { pointerSteps } from "../lib/json.ts";
import { dotted } from "../lib/schema-findings.ts";
import type { Located, Path } from "../lib/yaml-places.ts";
import { signingAlgorithm } from "./bundle-keys.ts";
import type {
  CacheConfig,
  DiscoveryConfig,
  PolicyConfig,
  PolicySourceConfig,
  ShadowConfig,
  SigningConfig,
  SigningKeyConfig,
  StoredSourceConfig,
} from "./policy-config.ts";
import { isServedBundle, type PolicySourceValues, type ServedBundleValues, type SigningValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";
import { discoveredFrom } from "./opa/discovered.ts";
import { servedBundle, type ServiceGround, statusTarget } from "./resolve-bundle-services.ts";
import type { ConfigValues } from "./schema.ts";
import { discoveryName } from "./schema/bundle-services.ts";
import { usualSource } from "./schema/policy.ts";

type PolicyValues = ConfigValues["policy"];
type ShadowValues = NonNullable<PolicyValues["shadow"]>;
/** The file of the values, in which each option has a place. */
export interface LocatedFile extends Pick<Located, "place"> {
  readonly file: string;
}

type RequireValues = NonNullable<PolicyValues["require"]>;

/** `located`: null where there is no file. */
export function resolvePolicy(
  values: ConfigValues,
  folder: string,
  dataDir: string,
  located: LocatedFile | null,
): PolicyConfig {
  const { policy } = values;
  return {
    sources: sourcesOf(policy, folder, dataDir),
    adopted: policy.adopt.map((_, index) => adoptedOf(values, index, located)),
    status: policy.status === undefined ? null : statusTarget(policy.status, { services: policy.services, folder }),
    discovery: policy.discovery === undefined ? null : discoveryOf(policy.discovery, { values, folder, dataDir }),
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

function adoptedOf(values: ConfigValues, index: number, located: LocatedFile | null): AdoptedPolicy {
  const { path, for: servers, input } = values.policy.adopt[index] as PolicyValues["adopt"][number];
  const adopted = { path, servers, input: typeof input === "string" ? input : memberSteps(input) };
  return located === null ? adopted : { ...adopted, configured: configuredAdoption(values, index, located) };
}

function memberSteps(input: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(input).map(([name, pointer]) => [name, pointerSteps(pointer)]));
}

function configuredAdoption(values: ConfigValues, index: number, { file, place }: LocatedFile): ConfiguredAdoption {
  const at = (...below: Path): ConfiguredPlace => {
    const path = ["policy", "adopt", index, ...below];
    return { file: basename(file), key: dotted(path), ...place(path, "value") };
  };
  // What agents' clients execute themselves, and ask about, is of a server without a route.
  const hooks = values.authzen?.hooks;
  const routed = new Set([
    ...values.routes.map(({ server }) => server),
    ...(hooks === undefined ? [] : [hooks.server]),
  ]);
  const unrouted = (values.policy.adopt[index]?.for ?? []).flatMap((server, position) =>
    routed.has(server) ? [] : [{ server, ...at("for", position) }],
  );
  return { whole: at(), path: at("path"), input: at("input"), unrouted };
}

function sourcesOf(values: PolicyValues, folder: string, dataDir: string): PolicySourceConfig[] {
  const { source = usualSource, sources = [source] as readonly PolicySourceValues[], services } = values;
  return sources.map((entry): PolicySourceConfig => {
    // A folder of that name is ./library, also where it is the only source.
    if (values.sources === undefined && typeof entry === "string")
      return { kind: "folder", path: resolve(folder, entry) };
    if (!isServedBundle(entry)) return storedSource(entry, folder);
    const served = servedBundle(entry, { services, folder, dataDir });
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

/** What OPA's services know each gateway by, whatever its configuration and a document say. */
const gatewayLabels = ["id", "version", "instance", "environment"];

/** Bundles that the document names may be as old as the document itself. */
function discoveryOf(
  { decision = "", signing: signed, ...asked }: NonNullable<PolicyValues["discovery"]>,
  {
    values: { policy, labels, record },
    folder,
    dataDir,
  }: { readonly values: ConfigValues } & Omit<ServiceGround, "services">,
): DiscoveryConfig {
  const { services, sources = [] } = policy;
  const ground = { services, folder, dataDir };
  const signing = resolveSigning(signed, folder);
  return {
    bundle: servedBundle({ ...asked, bundle: discoveryName }, ground),
    signing,
    decision: decision.split("/").filter((step) => step !== ""),
    read: discoveredFrom({
      ground,
      signing,
      stale: { max_stale: asked.max_stale, when_stale: asked.when_stale },
      own: {
        bundles: sources.flatMap((entry) => (isServedBundle(entry) ? [entry.bundle] : [])),
        labels: [...gatewayLabels, ...Object.keys(labels)],
        status: policy.status !== undefined,
        decisionLogs: record.ship.some(({ to }) => to === "opa"),
      },
    }),
  };
}

function dataApiOf({ paths, clients, roles }: NonNullable<PolicyValues["data_api"]>, folder: string): DataApiSettings {
  const tokens = Object.entries(clients).map(([name, { token }]) => [name, absoluteReference(token, folder)] as const);
  return { paths, roles, tokens: new Map(tokens) };
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
