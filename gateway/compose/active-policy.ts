import { servedFindings } from "../bundle-services/findings.ts";
import { Refusal } from "../domain/errors.ts";
import type { ActivePolicy, Bundles, FindingSource, Logger } from "../domain/ports.ts";
import type { Metrics } from "../record/metrics.ts";
import { policyFindings, unappliedSince } from "./health.ts";

/** The policy that judges a call; null: none is active. The function throws Refusal policy_stale. */
export function policyForCalls(bundles: Bundles): () => ActivePolicy | null {
  return function activePolicy() {
    if (bundles.isStale()) throw new Refusal("policy_stale");
    return bundles.active();
  };
}

/** What is wrong with the policy, and with the bundles of bundle services in it. */
export function policyHealth(bundles: Bundles): FindingSource {
  return { findings: () => [...policyFindings(bundles), ...servedFindings(bundles.status().served ?? [])] };
}

/** Counts activations and failed edits, and tells when a failed edit was mended; what failed is told where it fails. */
export function watchPolicy(bundles: Bundles, metrics: Metrics, logger: Logger): void {
  let failed = false;
  metrics.policyUnapplied(() => unappliedSince(bundles.status()));
  metrics.servedBundles(() => bundles.status().served ?? []);
  bundles.watch(({ active, failure }) => {
    if (failure === null) metrics.policyActivated();
    else metrics.policyFailed(failure.stage);
    if (failed && failure === null) logger.info("the policy was mended", { revision: active?.revision });
    failed = failure !== null;
  });
}
