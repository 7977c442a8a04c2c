import { Counter, Gauge, type Registry } from "prom-client";
import type { ServedBundleStatus } from "../domain/bundle-service.ts";

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
    servedBundles: (read: () => readonly ServedBundleStatus[]): void => servedMetrics(registers, read),
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

type Instants = "lastRequest" | "lastSuccessfulRequest" | "lastSuccessfulDownload" | "lastSuccessfulActivation";

/** Under the names of OPA and in its unit, nanoseconds since the epoch, so that its dashboards show them. */
const instants: readonly (readonly [name: string, help: string, from: Instants])[] = [
  ["last_bundle_request", "When the bundle was last asked for.", "lastRequest"],
  ["last_success_bundle_request", "When its server last answered a request.", "lastSuccessfulRequest"],
  ["last_success_bundle_download", "When it last arrived whole.", "lastSuccessfulDownload"],
  ["last_success_bundle_activation", "When it last became active.", "lastSuccessfulActivation"],
];

/** Bundles of bundle services, by their name in the configuration. */
function servedMetrics(registers: Registry[], read: () => readonly ServedBundleStatus[]): void {
  for (const [name, help, from] of instants) {
    const hasRevision = from === "lastSuccessfulActivation";
    new Gauge({
      ...{ name, help: `${help} Unix time in nanoseconds.`, registers },
      labelNames: hasRevision ? ["name", "active_revision"] : ["name"],
      collect() {
        this.reset();
        for (const bundle of read()) {
          const labels = hasRevision ? { active_revision: bundle.revision ?? "" } : {};
          this.set({ name: bundle.name, ...labels }, (bundle[from] ?? 0) * 1e6);
        }
      },
    });
  }
  const counts = [
    ["bundle_loaded_counter", "Bundles that became active.", "loaded"],
    ["bundle_failed_load_counter", "Attempts after which the newest bundle was not active, or not kept.", "failed"],
  ] as const;
  for (const [name, help, from] of counts)
    new Counter({
      ...{ name, help, registers, labelNames: ["name"] },
      collect() {
        this.reset();
        for (const bundle of read()) this.inc({ name: bundle.name }, bundle[from]);
      },
    });
  new Gauge({
    name: "sallyport_policy_bundle_confirmed_seconds",
    help: "Unix time at which the server last confirmed the active bundle; 0: never.",
    ...{ registers, labelNames: ["name"] },
    collect() {
      this.reset();
      for (const { name, confirmedAt } of read()) this.set({ name }, (confirmedAt ?? 0) / 1e3);
    },
  });
}
