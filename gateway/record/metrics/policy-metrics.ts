import { Counter, Gauge, type Registry } from "prom-client";
import type { PolicyFailure } from "../../domain/ports.ts";

const stages: readonly PolicyFailure["stage"][] = ["compile", "load", "verify", "self-test", "activate"];

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
  // From 0 on: the first failure is an increase too.
  for (const stage of stages) failures.inc({ stage }, 0);
  return {
    policyActivated: (): void => activations.inc(),
    policyFailed: (stage: string): void => failures.inc({ stage }),
    policyActive(read: () => number | null): void {
      new Gauge({
        name: "sallyport_policy_active_since_seconds",
        help: "Unix time since which the active policy is active; 0: none is.",
        registers,
        collect() {
          this.set((read() ?? 0) / 1e3);
        },
      });
    },
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
