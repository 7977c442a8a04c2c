import { checkArchiveData, readUnchecked } from "../archive/archive.ts";
import type { Later } from "../../lib/later.ts";
import { buildSources } from "../build/build.ts";
import type { BundlesOptions } from "../bundles-options.ts";
import { LaterCache, noCache } from "../cache/build-cache.ts";
import { goldenCases } from "../golden-cases.ts";
import type { Sources } from "../sources.ts";
import { activate } from "./activate.ts";
import type { BundlePolicy } from "./active-policy.ts";

/** Sources as a policy that is built, checked and ready to judge. `later`: what waits until it judges. @throws BundleFailure */
export async function policyOfSources(
  sources: Sources,
  later: Later,
  options: BundlesOptions,
): Promise<{ readonly policy: BundlePolicy; readonly archive: string }> {
  const cache = new LaterCache(options.cache ?? noCache, later);
  const compiled = await buildSources(options.opa, sources, options.outDir, cache, {
    module: (wasm) => options.engine.expectModule(wasm),
    later: (work) => later.add(work),
  });
  const archive = await readUnchecked(compiled.archive);
  // Neither needs the other, and both take long.
  const [checked, activated] = await Promise.allSettled([
    checkArchiveData(archive, cache),
    activate(archive, compiled, goldenCases(sources), options),
  ]);
  if (checked.status === "rejected") throw checked.reason;
  if (activated.status === "rejected") throw activated.reason;
  if (compiled.unprojected !== null)
    options.logger.warn("the policy gets the whole input, which is slower", { reason: compiled.unprojected });
  return { policy: activated.value, archive: compiled.archive };
}
