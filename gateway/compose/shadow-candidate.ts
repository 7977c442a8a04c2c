import { createBundles } from "../bundles/bundles.ts";
import type { BundleFailure } from "../bundles/failure.ts";
import { CurrentSources } from "../bundles/layers/current-sources.ts";
import { type PolicySource, policySources } from "../bundles/layers/policy-source.ts";
import { readBundleTrust } from "../config/bundle-keys.ts";
import type { Config } from "../config/config.ts";
import type { ShadowConfig } from "../config/policy-config.ts";
import type { BundleMarks, Clock } from "../domain/ports.ts";
import type { BundleTrust } from "../domain/settings.ts";
import { silentLogger } from "../lib/silent-logger.ts";
import { inTemporaryFolder } from "../lib/temporary-folder.ts";
import { activationOf, opaOf } from "./open-delivery.ts";

/** What a candidate of `policy.shadow` is made of. */
export interface ShadowCandidate {
  readonly sources: readonly PolicySource[];
  /** Who has to sign an archive among them; null: nobody. */
  readonly trust: BundleTrust | null;
}

/** @throws Error for a key that cannot be read */
export function shadowCandidate(config: Config, { sources }: ShadowConfig): ShadowCandidate {
  const { signing, adopted } = config.policy;
  return {
    sources: policySources({ sources, adopted }),
    trust: signing === null ? null : readBundleTrust(signing, config),
  };
}

/** For bundles that decide nothing: one may be older than the active one, and none counts as seen. */
export const noMarks: BundleMarks = {
  newest: () => Promise.resolve(null),
  contentOf: () => Promise.resolve(null),
  add: () => Promise.resolve(),
};

/**
 * Builds the candidate as its thread does, and asks it its golden cases. @returns why there would be none; null: there would, or none is named
 * @throws Error for a key that cannot be read
 */
export async function tryShadow(config: Config, clock: Clock): Promise<BundleFailure | null> {
  const { shadow } = config.policy;
  if (shadow === null) return null;
  const { sources, trust } = shadowCandidate(config, shadow);
  return inTemporaryFolder("sallyport-check-shadow-", async (outDir) => {
    let found: BundleFailure | null = null;
    const bundles = createBundles({
      ...activationOf(config),
      opa: opaOf(config),
      outDir,
      clock,
      logger: silentLogger,
      watch: false,
      sources: new CurrentSources(sources),
      signing: trust === null ? null : { trust, marks: noMarks },
      mayArrive: true,
      failed: (failure) => void (found = failure),
    });
    try {
      await bundles.start();
      return found;
    } finally {
      await bundles.close();
    }
  });
}
