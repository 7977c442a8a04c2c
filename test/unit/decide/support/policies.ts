import type { ActivePolicy } from "../../../../gateway/domain/ports.ts";

/** A policy whose evaluation gives, or throws, what the test says. */
export function policyThat(evaluate: ActivePolicy["evaluate"]): ActivePolicy {
  return {
    revision: "test",
    digest: "sha256:test",
    activatedAt: 0,
    rules: [],
    catalog: () => ({ known: false, sensitivity: null, reversible: null, sink: null, owner: null, labels: [] }),
    judgesResult: () => false,
    evaluate,
    noteFault: () => {},
  };
}

export function policyAnswering(results: unknown): ActivePolicy {
  return policyThat(() => ({ results, fuel: 1 }));
}
