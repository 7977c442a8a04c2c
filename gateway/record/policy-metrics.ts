import { Counter, Gauge, type Registry } from "prom-client";

/** What became of edits of the policy. */
export function policyMetrics(registers: Registry[]) {
  const activations = new Counter({
    name: "sallyport_policy_activations_total",
    help: "Bundles activated.",
    registers,
  });
  const failures = new Counter({
    name: "sallyport_policy_failures_total",
    help: "Bundles that were not activated, by stage.",
    labelNames: ["stage"],
    registers,
  });
  return {
    policyActivated: (): void => activations.inc(),
    policyFailed: (stage: string): void => failures.inc({ stage }),
    policyUnapplied(read: () => number | null): void {
      new Gauge({
        name: "sallyport_policy_edit_not_applied_since_seconds",
        help: "Unix time since which an edit of the policy is not applied, because it failed or its build is slow; 0: all are.",
        registers,
        collect() {
          this.set((read() ?? 0) / 1e3);
        },
      });
    },
  };
}
