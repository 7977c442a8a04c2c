import { join } from "node:path";
import { readUnchecked } from "../bundles/archive/archive.ts";
import type { OpaCommand } from "../bundles/build/opa.ts";
import { asLine, type Location } from "../bundles/failure.ts";
import { KeptArchives } from "../bundles/history/kept-archives.ts";
import { type HistoryContent, unverifiedHistory } from "../bundles/history/history-file.ts";
import type { PinnedDeliveryOptions } from "../bundles/history/pinned-delivery.ts";
import type { BundlesOptions } from "../bundles/bundles-options.ts";
import { readBundleTrust } from "../config/bundle-keys.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../domain/ports.ts";
import type { JsonObject } from "../lib/json.ts";
import { silentLogger } from "../lib/silent-logger.ts";
import { inTemporaryFolder } from "../lib/temporary-folder.ts";
import { activationOf, confinedOpaOf, policyOrigin } from "./open-delivery.ts";
import { withHistory } from "./open-history.ts";
import { startPolicy } from "./start-policy.ts";

/** What a start would find. */
export interface TriedPolicy {
  /** Why the sources give no policy now although the gateway starts, one line each; empty: they give one. */
  readonly absent: readonly string[];
  /** The revision that judges until they do; null: none does. */
  readonly instead: string | null;
  readonly warnings: readonly Location[];
  /** Of the policy of the sources; null where they give none. */
  readonly data: JsonObject | null;
}

interface TryDeps {
  readonly opa: OpaCommand;
  readonly clock: Clock;
}

/**
 * Starts the policy as a gateway does, without the store and the network, and writes nothing to the data folder. So bundles are those
 * that were downloaded before, the history is not verified, and signatures are not compared with those that were active before. Of
 * `policy.require`, tests and coverage are looked at; impact and approval need the store.
 * @throws NoPolicy when the gateway would not start; Error for a key or a history that cannot be read
 */
export async function tryPolicy(config: Config, { opa, clock }: TryDeps): Promise<TriedPolicy> {
  const { sources, isServed } = policyOrigin(config);
  const folder = join(config.dataDir, "policy-history");
  const path = join(folder, "history");
  const content: HistoryContent = (await unverifiedHistory(path)) ?? { entries: [], pin: null };
  const { archives, built } = await readOnly(new KeptArchives(folder));
  return inTemporaryFolder("sallyport-check-", async (outDir) => {
    const delivery = await withHistory(
      content,
      { file: { path, write: () => Promise.resolve() }, archives, problem: null },
      {
        ...{ ...activationOf(config), sources, mayArrive: isServed, signing: signingOf(config) },
        ...{ opa, outDir, clock, logger: silentLogger, watch: false, ...requiredOf(config, sources) },
      },
    );
    try {
      await startPolicy({ bundles: delivery, shadow: null });
      const { failure, active } = delivery.status();
      if (failure === null) return { absent: [], instead: null, ...built };
      const { message, locations } = failure;
      const absent = locations.length > 0 ? locations.map(asLine) : message.split("\n");
      return { absent, instead: active?.revision ?? null, warnings: [], data: null };
    } finally {
      await delivery.close();
    }
  });
}

/** Takes the data and the warnings of what is built, and changes nothing in the folder. */
async function readOnly(kept: KeptArchives) {
  const built: { -readonly [Name in "data" | "warnings"]: TriedPolicy[Name] } = { data: null, warnings: [] };
  await kept.open();
  const archives: PinnedDeliveryOptions["archives"] = {
    archiveOf: (digest) => kept.archiveOf(digest),
    has: (digest) => kept.has(digest),
    load: (digest, activation) => kept.load(digest, activation),
    async keep(archive, { warnings }) {
      built.warnings = warnings;
      built.data = (await readUnchecked(archive)).data;
    },
    prune: () => Promise.resolve(),
  };
  return { archives, built };
}

function signingOf(config: Config): Exclude<BundlesOptions["signing"], undefined> {
  const { signing } = config.policy;
  if (signing === null) return null;
  const nothing = () => Promise.resolve(null);
  return {
    trust: readBundleTrust(signing, config),
    marks: { contentOf: nothing, newest: nothing, add: () => Promise.resolve() },
  };
}

function requiredOf(
  config: Config,
  sources: BundlesOptions["sources"],
): Pick<PinnedDeliveryOptions, "required"> | undefined {
  if (config.policy.require === null) return undefined;
  const judged = { last: () => Promise.resolve(null), note: () => Promise.resolve() };
  const requirements = { ...config.policy.require, impact: null, approval: null };
  return {
    required: { ...{ requirements, sources, judged }, opa: confinedOpaOf(config), measureImpact: null, changes: null },
  };
}
