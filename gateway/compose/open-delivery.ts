import { join } from "node:path";
import { createBundles } from "../bundles/bundles.ts";
import { type BuildCache, noCache } from "../bundles/cache/build-cache.ts";
import { openFolderCache } from "../bundles/cache/folder-cache.ts";
import { identityOf } from "../bundles/cache/identity.ts";
import { policySources } from "../bundles/layers/policy-source.ts";
import { readBundleTrust } from "../config/bundle-keys.ts";
import type { Config } from "../config/config.ts";
import { environmentVariable, environmentWithout } from "../config/environment.ts";
import { checkAnswer } from "../decide/decide.ts";
import { createPolicyEngine } from "../decide/engine.ts";
import { limitsOf } from "../decide/host/limits.ts";
import type { Bundles, Clock, Logger } from "../domain/ports.ts";
import { bundleMarks } from "../store/store-marks.ts";
import type { AnyConnection } from "../store/engines.ts";

interface DeliveryDeps {
  readonly connection: AnyConnection;
  /** Of the store, for entries of the cache. */
  readonly cacheKey: Uint8Array;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * How the policy gets in: compiled from a folder, or a built bundle, signed where the configuration wants it.
 * @throws Error for a key that cannot be read; CannotStart policy_cache_unusable
 */
export async function openDelivery(config: Config, deps: DeliveryDeps): Promise<Bundles> {
  const { connection, clock, logger } = deps;
  const { sources, signing, pollMs, buildTimeoutMs } = config.policy;
  if (sources.some(({ kind }) => kind === "archive") && signing === null)
    logger.warn("whoever can write the policy bundle decides what is allowed: policy.signing names no keys");
  return createBundles({
    engine: createPolicyEngine({ remembers: true, limits: limitsOf(config.policy) }),
    sources: policySources(config.policy),
    signing: signing === null ? null : { trust: readBundleTrust(signing, config), marks: bundleMarks(connection) },
    opa: { path: "opa", timeoutMs: buildTimeoutMs, environment: environmentWithout("OPA_") },
    pollMs,
    outDir: join(config.dataDir, "bundles"),
    ...{ clock, logger, checkAnswer },
    cache: await openCache(config, deps),
  });
}

async function openCache({ policy: { cache }, secret }: Config, deps: DeliveryDeps): Promise<BuildCache> {
  if (cache === null) return noCache;
  // Each time anew: another OPA may be put in its place while this process runs. Without one nothing is built; the delivery says so.
  const identity = () => identityOf("opa", environmentVariable("PATH") ?? "");
  const { folder, keyReference, maxBytes } = cache;
  const key = keyReference === null ? deps.cacheKey : Buffer.from(secret(keyReference));
  return openFolderCache({ folder, key, maxBytes, identity, clock: deps.clock, logger: deps.logger });
}
