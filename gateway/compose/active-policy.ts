import { servedFindings } from "../bundle-services/findings.ts";
import { Refusal } from "../domain/errors.ts";
import type { ActivePolicy, Bundles, FindingSource } from "../domain/ports.ts";
import type { LiveShadow } from "../impact/shadow/live-shadow.ts";
import { policyFindings } from "./health.ts";

/** The policy that judges a call; null: none is active. The function throws Refusal policy_stale. */
export function policyForCalls(bundles: Bundles): () => ActivePolicy | null {
  return function activePolicy() {
    if (bundles.isStale()) throw new Refusal("policy_stale");
    return bundles.active();
  };
}

/** What is wrong with the policy, with the bundles of bundle services in it, and with the candidate beside it. */
export function policyHealth(bundles: Bundles, shadow: LiveShadow | null): FindingSource {
  const beside = () => shadow?.findings() ?? [];
  return {
    findings: () => [...policyFindings(bundles), ...servedFindings(bundles.status()), ...beside()],
  };
}
