import { checkArchiveData, readUnchecked } from "../archive/archive.ts";
import type { Later } from "../../lib/later.ts";
import { buildSources } from "../build/build.ts";
import type { BundlesOptions } from "../bundles-options.ts";
import { LaterCache, noCache } from "../cache/build-cache.ts";
import type { Compiled } from "../build/compile.ts";
import { type GoldenCase, goldenCases } from "../golden-cases.ts";
import type { Sources } from "../sources.ts";
import { activate } from "./activate.ts";
import type { BundlePolicy } from "./active-policy.ts";

/** What sources are built into: all that has to be known of them from then on. */
export interface BuiltSources {
  readonly compiled: Compiled;
  readonly cases: readonly GoldenCase[];
}

/** Compiles sources and checks them. `later`: what waits until the policy judges. @throws BundleFailure */
export async function builtOfSources(sources: Sources, later: Later, options: BundlesOptions): Promise<BuiltSources> {
  const compiled = await buildSources(options.opa, sources, options.outDir, cacheOf(later, options), {
    module: (wasm) => options.engine.expectModule(wasm),
    later: (work) => later.add(work),
  });
  return { compiled, cases: goldenCases(sources) };
}

function cacheOf(later: Later, { cache = noCache }: BundlesOptions): LaterCache {
  return new LaterCache(cache, later);
}

/** Built sources as a policy that is checked and ready to judge. The sources are not here: large ones would stay in memory for all that time. @throws BundleFailure */
export async function policyOfBuilt(
  { compiled, cases }: BuiltSources,
  later: Later,
  options: BundlesOptions,
): Promise<{ readonly policy: BundlePolicy; readonly archive: string }> {
  const archive = await readUnchecked(compiled.archive);
  const { checked: checking } = await checkArchiveData(archive, cacheOf(later, options));
  // Neither needs the other, and both take long.
  const [checked, activated] = await Promise.allSettled([checking, activate(archive, compiled, cases, options)]);
  if (checked.status === "rejected") throw checked.reason;
  if (activated.status === "rejected") throw activated.reason;
  if (compiled.unprojected !== null)
    options.logger.warn("the policy gets the whole input, which is slower", { reason: compiled.unprojected });
  return { policy: activated.value, archive: compiled.archive };
}
