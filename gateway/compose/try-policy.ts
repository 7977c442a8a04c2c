import { join } from "node:path";
import { BundleFiles } from "../bundle-services/bundle-files.ts";
import { checkCacheFolder } from "../bundles/cache/folder-cache.ts";
import { readUnchecked } from "../bundles/archive/archive.ts";
import { asFailure, type BundleFailure, type Location, TransientFailure } from "../bundles/failure.ts";
import { KeptArchives } from "../bundles/history/kept-archives.ts";
import type { PinnedDelivery, PinnedDeliveryOptions } from "../bundles/history/pinned-delivery.ts";
import type { BundlesOptions } from "../bundles/bundles-options.ts";
import { unpackDownload } from "../bundles/layers/archive-files.ts";
import { CurrentSources } from "../bundles/layers/current-sources.ts";
import type { PolicySource, ServedSource } from "../bundles/layers/policy-source.ts";
import { verifier } from "../bundles/signatures/verify.ts";
import { readBundleTrust } from "../config/bundle-keys.ts";
import type { Config } from "../config/config.ts";
import type { TrustedBundle } from "../domain/bundle-service.ts";
import { NoPolicy } from "../domain/errors.ts";
import type { Clock, PolicyPin } from "../domain/ports.ts";
import type { JsonObject } from "../lib/json.ts";
import { silentLogger } from "../lib/silent-logger.ts";
import { inTemporaryFolder } from "../lib/temporary-folder.ts";
import { activationOf, confinedOpaOf, opaOf, policyOrigin, startPolicy } from "./open-delivery.ts";
import { noMarks } from "./shadow-candidate.ts";
import { tryHistory, withHistory } from "./open-history.ts";

/** What a start would find. */
export interface TriedPolicy {
  /** Why the sources give no policy now; null: they give one. Any other error than a BundleFailure is about the history. */
  readonly failure: Error | null;
  /** Whether the gateway starts. */
  readonly starts: boolean;
  /** The revision that judges although the sources give no policy; null: none does. */
  readonly instead: string | null;
  /** Judges in front of the sources; null: nothing is pinned. */
  readonly pin: PolicyPin | null;
  /** Why what there was of the history is not used; null: it is. */
  readonly historyProblem: string | null;
  readonly warnings: readonly Location[];
  /** Of the policy of the sources; null where they give none. */
  readonly data: JsonObject | null;
}

/**
 * Starts the policy as a gateway does, without the store and the network, and writes nothing to the data folder. So bundles are those
 * that a start takes before it asks their services, the history is not verified, and signatures are not compared with those that were
 * active before. Of `policy.require`, tests and coverage are looked at; impact and approval need the store.
 * @throws CannotStart policy_history_unusable, policy_cache_unusable; Error for a key that cannot be read
 */
export async function tryPolicy(config: Config, clock: Clock): Promise<TriedPolicy> {
  const folder = join(config.dataDir, "policy-history");
  const path = join(folder, "history");
  const { cache, require } = config.policy;
  if (cache !== null) await checkCacheFolder(cache.folder);
  const { content, problem } = await tryHistory(path, require !== null);
  return inTemporaryFolder("sallyport-check-", async (outDir) => {
    const { archives, built } = await readOnly(new KeptArchives(folder));
    const { bundles, sources: named, isServed } = policyOrigin(config);
    const sources = await sourcesAtStart(named, bundles, { nowhere: outDir, clock });
    const last: { failure: BundleFailure | null } = { failure: null };
    const delivery = await withHistory(
      content,
      { file: { path, write: () => Promise.resolve() }, archives, problem },
      {
        ...activationOf(config),
        sources,
        mayArrive: isServed,
        signing: signingOf(config),
        opa: opaOf(config),
        outDir,
        clock,
        logger: silentLogger,
        watch: false,
        ...requiredOf(config, sources),
        failed: (failure) => void (last.failure = failure),
      },
    );
    const found = await started(delivery, last);
    return { ...found, pin: content.pin, historyProblem: problem, ...built };
  });
}

async function started(
  delivery: PinnedDelivery,
  last: { readonly failure: BundleFailure | null },
): Promise<Pick<TriedPolicy, "failure" | "starts" | "instead">> {
  try {
    await startPolicy({ bundles: delivery, shadow: null });
    const { failure } = last;
    return { failure, starts: true, instead: failure === null ? null : (delivery.active()?.revision ?? null) };
  } catch (thrown) {
    if (!(thrown instanceof NoPolicy)) throw thrown;
    return { failure: thrown.cause instanceof Error ? thrown.cause : thrown, starts: false, instead: null };
  } finally {
    await delivery.close();
  }
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

interface AtStart {
  /** A folder without archives, for bundles that a start does not have. */
  readonly nowhere: string;
  readonly clock: Clock;
}

/** A start removes what was downloaded, and takes what it kept where a bundle has `persist`. */
async function sourcesAtStart(named: CurrentSources, bundles: readonly TrustedBundle[], at: AtStart) {
  const byName = new Map(bundles.map((bundle) => [bundle.served.name, bundle]));
  const list = named.list.map(async (source): Promise<PolicySource> => {
    if (source.kind !== "bundle") return source;
    const bundle = byName.get(source.name);
    if (bundle !== undefined) return bundleAtStart(source, bundle, at);
    const absence = "documents of discovery, and the bundles that they name, are not looked at here";
    return { ...source, path: join(at.nowhere, "none"), absence };
  });
  const trust = bundles.flatMap(({ served, trust: one }) => (one === null ? [] : [[served.name, one] as const]));
  return new CurrentSources(await Promise.all(list), new Map(trust), { areDiscovered: named.areDiscovered });
}

/** What was kept and is refused is not taken, since its service is asked for another. */
async function bundleAtStart(source: ServedSource, { served, trust }: TrustedBundle, at: AtStart) {
  const none = { ...source, path: join(at.nowhere, "none") };
  if (!served.persist) return none;
  const { kept } = new BundleFiles(served);
  try {
    const { entries } = await unpackDownload(kept, served.maxBytes);
    await verifier(trust, at.clock)?.(entries);
    return { ...source, path: kept };
  } catch (thrown) {
    const { message, cause } = asFailure(thrown, "load");
    const isAbsent = thrown instanceof TransientFailure && (cause as NodeJS.ErrnoException).code === "ENOENT";
    return isAbsent ? none : { ...none, absence: `what was kept of it is not used: ${message}` };
  }
}

function signingOf(config: Config): Exclude<BundlesOptions["signing"], undefined> {
  const { signing } = config.policy;
  if (signing === null) return null;
  return { trust: readBundleTrust(signing, config), marks: noMarks };
}

function requiredOf(
  config: Config,
  sources: BundlesOptions["sources"],
): Pick<PinnedDeliveryOptions, "required"> | undefined {
  if (config.policy.require === null) return undefined;
  const judged = { last: () => Promise.resolve(null), note: () => Promise.resolve() };
  const requirements = { ...config.policy.require, impact: null, approval: null };
  return {
    required: { requirements, sources, judged, opa: confinedOpaOf(config), measureImpact: null, changes: null },
  };
}
