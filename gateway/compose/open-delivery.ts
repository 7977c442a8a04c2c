import { join } from "node:path";
import { policyChanges } from "../approvals/policy-changes.ts";
import type { OpaCommand } from "../bundles/build/opa.ts";
import { type BuildCache, noCache } from "../bundles/cache/build-cache.ts";
import { openFolderCache } from "../bundles/cache/folder-cache.ts";
import { identityOf } from "../bundles/cache/identity.ts";
import { ServedBundles } from "../bundle-services/served-bundles.ts";
import type { Services } from "../bundle-services/services/services.ts";
import { policySources } from "../bundles/layers/policy-source.ts";
import { readBundleTrust } from "../config/bundle-keys.ts";
import type { Config } from "../config/config.ts";
import { environmentOf, environmentVariable, environmentWithout } from "../config/environment.ts";
import { checkAnswer } from "../decide/decide.ts";
import { createPolicyEngine } from "../decide/engine.ts";
import { limitsOf } from "../decide/host/limits.ts";
import type { Bundles, Clock, Ids, Logger, PolicyHistory } from "../domain/ports.ts";
import type { PolicyRequirements } from "../domain/settings.ts";
import type { Approvals } from "./open-approvals.ts";
import { openHistory } from "./open-history.ts";
import { impactOf } from "./open-impact.ts";
import { bundleMarks, judgedPolicy } from "../store/store-marks.ts";
import type { AnyConnection } from "../store/engines.ts";

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
}

/**
 * How the policy gets in: compiled from folders, archives and bundles of bundle services, or a built bundle; signed where the
 * configuration wants it.
 * @throws Error for a key that cannot be read; CannotStart policy_cache_unusable, policy_history_unusable
 */
export async function openDelivery(config: Config, services: Services, deps: OwnDeliveryDeps): Promise<Delivered> {
  const { connection, clock, logger } = deps;
  const { sources, signing, pollMs } = config.policy;
  const served = sources.flatMap((source) => (source.kind === "bundle" ? [source] : []));
  const trust = new Map(
    served.flatMap((source) =>
      source.signing === null ? [] : [[source.served.name, readBundleTrust(source.signing, config)] as const],
    ),
  );
  if (sources.some(({ kind }) => kind === "archive") && signing === null)
    logger.warn("whoever can write the policy bundle decides what is allowed: policy.signing names no keys");
  const delivery = await openHistory(config.dataDir, deps.cacheKey, {
    engine: createPolicyEngine({ remembers: true, limits: limitsOf(config.policy), maskPointers: config.record.mask }),
    sources: policySources(config.policy),
    signing: signing === null ? null : { trust: readBundleTrust(signing, config), marks: bundleMarks(connection) },
    ...{ bundleTrust: trust, mayArrive: served.length > 0 },
    opa: opaOf(config),
    pollMs,
    outDir: join(config.dataDir, "bundles"),
    ...{ clock, logger, checkAnswer },
    cache: await openCacheFolder(cacheFolderOf(config, deps.cacheKey), { clock, logger }),
    ...(config.policy.require === null ? {} : { required: requiredOf(config, config.policy.require, deps) }),
  });
  if (served.length === 0) return { bundles: delivery, history: delivery };
  const bundles = new ServedBundles({
    ...{ delivery, trust, clock, logger, random: Math.random },
    bundles: served.map((source) => source.served),
    services,
  });
  return { bundles, history: delivery };
}

function requiredOf(config: Config, requirements: PolicyRequirements, of: OwnDeliveryDeps) {
  const { connection, approvals, clock, ids } = of;
  const { impact, approval } = requirements;
  const { store, holds, service } = approvals;
  const deps = { instance: config.instance, store, holds, service, clock, ids };
  return {
    ...{ requirements, opa: confinedOpaOf(config), sources: policySources(config.policy) },
    judged: judgedPolicy(connection),
    measureImpact: impact === null ? null : impactOf(config, impact),
    changes: approval === null ? null : policyChanges({ ...deps, required: approval }),
  };
}

export function opaOf({ policy: { buildTimeoutMs } }: Config): OpaCommand {
  return { path: "opa", timeoutMs: buildTimeoutMs, environment: environmentWithout("OPA_") };
}

/** Tests of an edit run before anybody has approved it, and the environment of this process has secrets. */
export function confinedOpaOf(config: Config): OpaCommand {
  return {
    path: "opa",
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
  const identity = () => identityOf("opa", environmentVariable("PATH") ?? "");
  return openFolderCache({ ...cache, ...deps, identity });
}
