import { Gauge, type Registry } from "prom-client";
import type { ServedBundleStatus } from "../../domain/bundle-service.ts";

type Read = () => readonly ServedBundleStatus[];
type ValueOf = (bundle: ServedBundleStatus) => number;
type Instants = "lastRequest" | "lastSuccessfulRequest" | "lastSuccessfulDownload" | "lastSuccessfulActivation";

/** Under the names of OPA and in its unit, nanoseconds since the epoch, so that its dashboards show them. */
const instants: readonly (readonly [name: string, help: string, from: Instants])[] = [
  ["last_bundle_request", "When the bundle was last asked for.", "lastRequest"],
  ["last_success_bundle_request", "When its server last answered a request.", "lastSuccessfulRequest"],
  ["last_success_bundle_download", "When it last arrived whole.", "lastSuccessfulDownload"],
  ["last_success_bundle_activation", "When it last became active.", "lastSuccessfulActivation"],
];

const counts = [
  ["bundle_loaded_counter", "Bundles that became active.", "loaded"],
  ["bundle_failed_load_counter", "Attempts after which the newest bundle was not active, or not kept.", "failed"],
] as const;

/** Bundles of bundle services, by their name in the configuration. */
export function bundleMetrics(registers: Registry[]) {
  return { servedBundles: (read: Read): void => openBundleMetrics(registers, read) };
}

function openBundleMetrics(registers: Registry[], read: Read): void {
  const gauge = (name: string, help: string, valueOf: ValueOf, hasRevision = false): void => {
    new Gauge({
      name,
      help,
      registers,
      labelNames: hasRevision ? ["name", "active_revision"] : ["name"],
      collect() {
        this.reset();
        for (const bundle of read()) {
          const revision = hasRevision ? { active_revision: bundle.revision ?? "" } : {};
          this.set({ name: bundle.name, ...revision }, valueOf(bundle));
        }
      },
    });
  };
  for (const [name, help, from] of instants) {
    const nanoseconds: ValueOf = (bundle) => (bundle[from] ?? 0) * 1e6;
    gauge(name, `${help} Unix time in nanoseconds.`, nanoseconds, from === "lastSuccessfulActivation");
  }
  // As gauges: OpenMetrics would add `_total` to the names that OPA gives its counters.
  for (const [name, help, from] of counts) gauge(name, help, (bundle) => bundle[from]);
  const confirmedHelp = "Unix time at which the server last confirmed the active bundle; 0: never.";
  gauge("sallyport_policy_bundle_confirmed_seconds", confirmedHelp, ({ confirmedAt }) => (confirmedAt ?? 0) / 1e3);
}
