import { join } from "node:path";
import { policyChanges } from "../approvals/policy-changes.ts";
import type { Activation } from "../bundles/active/activate.ts";
import type { OpaCommand } from "../bundles/build/opa.ts";
import { type BuildCache, noCache } from "../bundles/cache/build-cache.ts";
import { openFolderCache } from "../bundles/cache/folder-cache.ts";
import { identityOf } from "../bundles/cache/identity.ts";
import { evaluateDocument } from "../bundle-services/discovery/evaluate-document.ts";
import { ServedBundles } from "../bundle-services/served-bundles.ts";
import type { Services } from "../bundle-services/services/services.ts";
import { CurrentSources } from "../bundles/layers/current-sources.ts";
import { type PolicySource, policySources, unknownSource } from "../bundles/layers/policy-source.ts";
import { readBundleTrust } from "../config/bundle-keys.ts";
import type { Config } from "../config/config.ts";
import type { DiscoveryConfig, SigningConfig } from "../config/policy-config.ts";
import { environmentOf, environmentVariable, environmentWithout } from "../config/environment.ts";
import { checkAnswer } from "../decide/decide.ts";
import { createPolicyEngine } from "../decide/engine.ts";
import { limitsOf } from "../decide/host/limits.ts";
import type { Discovered, ServedBundle, TrustedBundle } from "../domain/bundle-service.ts";
import { NoPolicy } from "../domain/errors.ts";
import type { Bundles, Clock, Ids, Logger, PolicyHistory } from "../domain/ports.ts";
import type { PolicyRequirements } from "../domain/settings.ts";
import type { Approvals } from "./open-approvals.ts";
import { opaPath } from "./find-opa.ts";
import { openHistory } from "./open-history.ts";
import { impactOf } from "./open-impact.ts";
import { bundleMarks, judgedPolicy } from "../store/store-marks.ts";
import type { AnyConnection } from "../store/engines.ts";
import packageFile from "../../package.json" with { type: "json" };

export interface DeliveryDeps {
  readonly connection: AnyConnection;
  /** Of the store, for entries of the cache. */
  readonly cacheKey: Uint8Array;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Of the policy that judges. */
export interface OwnDeliveryDeps extends DeliveryDeps {
  readonly approvals: Pick<Approvals, "store" | "holds" | "service">;
  readonly ids: Ids;
}

export interface Delivered {
  /** The active policy. */
  readonly bundles: Bundles;
  readonly history: PolicyHistory;
  /** What the discovered configuration in force says; null: there is none. */
  readonly discovered: () => Discovered | null;
}

/**
 * How the policy gets in: compiled from folders, archives and bundles of bundle services, or a built bundle; signed where the
 * configuration wants it.
 * @throws Error for a key that cannot be read; CannotStart policy_cache_unusable, policy_history_unusable
 */
export async function openDelivery(config: Config, services: Services, deps: OwnDeliveryDeps): Promise<Delivered> {
  const { connection, clock, logger } = deps;
  const { signing, pollMs } = config.policy;
  const { bundles, sources, isServed } = policyOrigin(config);
  if (config.policy.sources.some(({ kind }) => kind === "archive") && signing === null)
    logger.warn("whoever can write the policy bundle decides what is allowed: policy.signing names no keys");
  const delivery = await openHistory(config.dataDir, deps.cacheKey, {
    ...activationOf(config),
    sources,
    mayArrive: isServed,
    signing: signing === null ? null : { trust: readBundleTrust(signing, config), marks: bundleMarks(connection) },
    opa: opaOf(config),
    pollMs,
    outDir: join(config.dataDir, "bundles"),
    clock,
    logger,
    cache: await openCacheFolder(cacheFolderOf(config, deps.cacheKey), { clock, logger }),
    ...(config.policy.require === null ? {} : { required: requiredOf(config, config.policy.require, sources, deps) }),
  });
  if (!isServed) return { bundles: delivery, history: delivery, discovered: () => null };
  const served = new ServedBundles({
    delivery,
    bundles,
    services,
    clock,
    logger,
    random: Math.random,
    discovery: config.policy.discovery === null ? null : discoveryOf(config, config.policy.discovery, sources),
  });
  return { bundles: served, history: delivery, discovered: () => served.discovered() };
}

/** `isServed`: whether bundle services send a part of it, so that the gateway also starts without a policy. @throws Error for a key that cannot be read */
export function policyOrigin(config: Config): {
  readonly bundles: readonly TrustedBundle[];
  readonly sources: CurrentSources;
  readonly isServed: boolean;
} {
  const bundles = servedBundlesOf(config);
  const isServed = bundles.length > 0 || config.policy.discovery !== null;
  return { bundles, sources: sourcesOf(config, bundles), isServed };
}

/** What loads a policy and asks it its first questions. */
export function activationOf({ policy, record }: Config): Pick<Activation, "engine" | "checkAnswer"> {
  const engine = createPolicyEngine({ remembers: true, limits: limitsOf(policy), maskPointers: record.mask });
  return { engine, checkAnswer };
}

/** What OPA's services know the gateway by. */
export function labelsOf({ instance, environment, labels }: Config): Readonly<Record<string, string>> {
  return { id: instance, version: packageFile.version, ...labels, instance, environment };
}

function servedBundlesOf(config: Config): TrustedBundle[] {
  return config.policy.sources.flatMap((source) => (source.kind === "bundle" ? [trusted(source, config)] : []));
}

function trusted(
  { served, signing }: { readonly served: ServedBundle; readonly signing: SigningConfig | null },
  config: Config,
): TrustedBundle {
  return { served, trust: signing === null ? null : readBundleTrust(signing, config) };
}

/** Until the first document is in force, a part of the policy is not known, and there is none without it. */
function sourcesOf(config: Config, bundles: readonly TrustedBundle[]): CurrentSources {
  const { discovery } = config.policy;
  const unknown = discovery === null ? [] : [unknownSource(discovery.bundle)];
  const trust = bundles.flatMap(({ served, trust: one }) => (one === null ? [] : [[served.name, one] as const]));
  return new CurrentSources([...listWith(config, []), ...unknown], new Map(trust), {
    areDiscovered: discovery !== null,
  });
}

function listWith({ policy }: Config, discovered: readonly ServedBundle[]): PolicySource[] {
  const more = discovered.map((served) => ({ kind: "bundle", served }) as const);
  return policySources({ ...policy, sources: [...policy.sources, ...more] });
}

function discoveryOf(config: Config, { bundle, signing, decision, read }: DiscoveryConfig, sources: CurrentSources) {
  const runtime = { config: { labels: labelsOf(config) }, env: {} };
  return {
    bundle: trusted({ served: bundle, signing }, config),
    evaluate: (file: string) => evaluateDocument(file, { opa: confinedOpaOf(config), decision, runtime }),
    read(document: unknown) {
      const { bundles, ...rest } = read(document);
      return { ...rest, bundles: bundles.map((one) => trusted(one, config)) };
    },
    sources,
    listWith: (bundles: readonly ServedBundle[]) => listWith(config, bundles),
  };
}

function requiredOf(config: Config, requirements: PolicyRequirements, sources: CurrentSources, of: OwnDeliveryDeps) {
  const { connection, approvals, clock, ids } = of;
  const { impact, approval } = requirements;
  const { store, holds, service } = approvals;
  const deps = { instance: config.instance, store, holds, service, clock, ids };
  return {
    requirements,
    opa: confinedOpaOf(config),
    sources,
    judged: judgedPolicy(connection),
    measureImpact: impact === null ? null : impactOf(config, impact),
    changes: approval === null ? null : policyChanges({ ...deps, required: approval }),
  };
}

/** The candidate is started too; nobody waits for it, and one that does not start is a finding. @throws NoPolicy */
export async function startPolicy(started: {
  readonly bundles: Pick<Bundles, "start">;
  readonly shadow: { start(): void } | null;
}): Promise<void> {
  try {
    await started.bundles.start();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new NoPolicy(`no policy can be activated:\n${why}`, { cause });
  }
  started.shadow?.start();
}

export function opaOf({ policy: { buildTimeoutMs } }: Config): OpaCommand {
  return { path: opaPath(), timeoutMs: buildTimeoutMs, environment: environmentWithout("OPA_") };
}

/** Tests of an edit run before anybody has approved it, and the environment of this process has secrets. */
export function confinedOpaOf(config: Config): OpaCommand {
  return {
    path: opaPath(),
    timeoutMs: config.policy.buildTimeoutMs,
    environment: environmentOf(["PATH", "HOME", "TMPDIR"]),
  };
}

/** Where results of builds are kept, and with which key. */
export interface CacheFolder {
  readonly folder: string;
  readonly key: Uint8Array;
  readonly maxBytes: number;
}

/** `ownKey`: of the store. Null: nothing is kept. @throws Error for a key that cannot be read */
export function cacheFolderOf({ policy: { cache }, secret }: Config, ownKey: Uint8Array): CacheFolder | null {
  if (cache === null) return null;
  const { folder, keyReference, maxBytes } = cache;
  return { folder, maxBytes, key: keyReference === null ? ownKey : Buffer.from(secret(keyReference)) };
}

/** @throws CannotStart policy_cache_unusable */
export async function openCacheFolder(
  cache: CacheFolder | null,
  deps: { readonly clock: Clock; readonly logger: Logger },
): Promise<BuildCache> {
  if (cache === null) return noCache;
  // Each time anew: another OPA may be put in its place while this process runs. Without one nothing is built; the delivery says so.
  const identity = () => identityOf(opaPath(), environmentVariable("PATH") ?? "");
  return openFolderCache({ ...cache, ...deps, identity });
}
