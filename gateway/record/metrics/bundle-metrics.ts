import { Gauge, type Registry } from "prom-client";
import type { ServedBundleStatus } from "../../domain/bundle-service.ts";

type Read = () => readonly ServedBundleStatus[];
type Instants = "lastRequest" | "lastSuccessfulRequest" | "lastSuccessfulDownload" | "lastSuccessfulActivation";

/** Under the names of OPA and in its unit, nanoseconds since the epoch, so that its dashboards show them. */
const instants: readonly (readonly [name: string, help: string, from: Instants])[] = [
  ["last_bundle_request", "When the bundle was last asked for.", "lastRequest"],
  ["last_success_bundle_request", "When its server last answered a request.", "lastSuccessfulRequest"],
  ["last_success_bundle_download", "When it last arrived whole.", "lastSuccessfulDownload"],
  ["last_success_bundle_activation", "When it last became active.", "lastSuccessfulActivation"],
];

/** Bundles of bundle services, by their name in the configuration. */
export function bundleMetrics(registers: Registry[]) {
  return { servedBundles: (read: Read): void => openBundleMetrics(registers, read) };
}

function openBundleMetrics(registers: Registry[], read: Read): void {
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
    // As gauges: OpenMetrics would add `_total` to the names that OPA gives its counters.
    new Gauge({
      ...{ name, help, registers, labelNames: ["name"] },
      collect() {
        this.reset();
        for (const bundle of read()) this.set({ name: bundle.name }, bundle[from]);
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
