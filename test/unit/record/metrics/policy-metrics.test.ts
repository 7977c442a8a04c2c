import { Registry } from "prom-client";
import { policyMetrics } from "../../../../gateway/record/metrics/policy-metrics.ts";

test("counts activations and failures, and tells since when an edit is not applied", async () => {
  const registry = new Registry();
  const metrics = policyMetrics([registry]);
  let since: number | null = 1_750_000_000_500;
  metrics.policyUnapplied(() => since);
  metrics.policyActivated();
  metrics.policyFailed("compile");
  const text = await registry.metrics();
  expect(text).toContain("sallyport_policy_activations_total 1\n");
  expect(text).toContain('sallyport_policy_failures_total{stage="compile"} 1\n');
  expect(text).toContain("sallyport_policy_edit_not_applied_since_seconds 1750000000.5\n");
  since = null;
  expect(await registry.metrics()).toContain("sallyport_policy_edit_not_applied_since_seconds 0\n");
});
