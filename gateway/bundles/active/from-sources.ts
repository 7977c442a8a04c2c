import { checkArchiveData, readUnchecked } from "../archive/archive.ts";
import type { Later } from "../../lib/later.ts";
import { buildSources } from "../build/build.ts";
import type { BundlesOptions } from "../bundles-options.ts";
import { LaterCache, noCache } from "../cache/build-cache.ts";
import type { Compiled } from "../build/compile.ts";
import { type GoldenCase, goldenCases } from "../golden-cases.ts";
import { bytesOf, isDataFile, type Reading, type Sources } from "../sources.ts";
import { isLarge } from "../thread/build-thread.ts";
import { activate } from "./activate.ts";
import type { BundlePolicy } from "./active-policy.ts";
import { EarlyStart } from "./early-start.ts";

/** What sources are built into: all that has to be known of them from then on. */
export interface BuiltSources {
  readonly compiled: Compiled;
  readonly cases: readonly GoldenCase[];
  readonly early: EarlyStart;
}

/** What a build begins of sources that were read once. `active`: digests of the active files, by path; `later`: what waits until the policy judges. */
export function earlyStart(
  read: Reading,
  active: ReadonlyMap<string, string>,
  later: Later,
  options: BundlesOptions,
): EarlyStart {
  // The load thread was started with the others, and would be idle beside large data for seconds.
  if (isLarge(bytesOf(read.files.filter(({ path }) => isDataFile(path))))) options.engine.releaseLoad();
  const early = new EarlyStart(options.engine, cacheOf(later, options));
  early.readData(read, active, options.opa);
  void later.add(() => early.ended());
  return early;
}

/** Compiles sources and checks them. `early`: what was begun of them, and takes what is begun now. @throws BundleFailure */
export async function builtOfSources(
  sources: Sources,
  early: EarlyStart,
  later: Later,
  options: BundlesOptions,
): Promise<BuiltSources> {
  const cache = cacheOf(later, options);
  const compiled = await buildSources(options.opa, sources, options.outDir, cache, {
    module: (wasm) => options.engine.expectModule(wasm),
    early: (revision) => early.dataOf(revision),
    known: (content) => early.begin(content),
    later: (work) => later.add(work),
  });
  return { compiled, cases: goldenCases(sources), early };
}

function cacheOf(later: Later, { cache = noCache }: BundlesOptions): LaterCache {
  return new LaterCache(cache, later);
}

/** Built sources as a policy that is checked and ready to judge. The sources are not here: large ones would stay in memory for all that time. @throws BundleFailure */
export async function policyOfBuilt(
  { compiled, cases, early }: BuiltSources,
  later: Later,
  options: BundlesOptions,
): Promise<{ readonly policy: BundlePolicy; readonly archive: string }> {
  const archive = await readUnchecked(compiled.archive);
  const begun = early.loadOf(archive);
  const checking = begun?.checked ?? (await checkArchiveData(archive, cacheOf(later, options))).checked;
  // Neither needs the other, and both take long.
  const activating = activate(archive, compiled, cases, options, begun?.loaded);
  const [checked, activated] = await Promise.allSettled([checking, activating]);
  if (checked.status === "rejected") throw checked.reason;
  if (activated.status === "rejected") throw activated.reason;
  if (compiled.unprojected !== null)
    options.logger.warn("the policy gets the whole input, which is slower", { reason: compiled.unprojected });
  return { policy: activated.value, archive: compiled.archive };
}
