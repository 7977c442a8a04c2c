import { unknownTool } from "../../../../gateway/bundles/data/tool-facts.ts";
import type { ActivePolicy } from "../../../../gateway/domain/ports.ts";

/** A policy whose evaluation gives, or throws, what the test says. */
export function policyThat(evaluate: ActivePolicy["evaluate"]): ActivePolicy {
  return {
    revision: "test",
    digest: "sha256:test",
    activatedAt: 0,
    rules: [],
    catalog: () => unknownTool,
    judgesResult: () => false,
    exporting: () => [],
    site: { inside: [], hostsOptIn: false, people: {} },
    readsProvenance: false,
    readsHistory: false,
    risk: null,
    logRules: null,
    evaluate,
    ask: () => ({ text: "set()" }),
    noteFault: () => {},
    notePrinted: () => {},
  };
}

export function policyAnswering(results: unknown): ActivePolicy {
  return policyThat(() => ({ results, fuel: 1 }));
}
