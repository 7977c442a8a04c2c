import type { OpaHealth } from "../admin/opa/health.ts";
import { type ConfiguredPlugins, notActivated, pluginStates, statusBody } from "../bundle-services/status-body.ts";
import type { Services } from "../bundle-services/services/services.ts";
import { StatusReports } from "../bundle-services/status-reports.ts";
import type { Config } from "../config/config.ts";
import type { Bundles, FindingSource } from "../domain/ports.ts";
import type { DeliveryDeps } from "./open-delivery.ts";
import packageFile from "../../package.json" with { type: "json" };

/** What OPA's status and health APIs say of this gateway. */
export interface PolicyPlane {
  readonly health: () => OpaHealth;
  /** Where the status is told; null: nowhere. */
  readonly reports: (FindingSource & { start(): void; stop(): Promise<void> }) | null;
}

/** Nothing is told before `start`: a gateway that replays sessions is none of the control plane. */
export function openStatus(
  config: Config,
  bundles: Bundles,
  services: Services,
  { clock, logger }: Pick<DeliveryDeps, "clock" | "logger">,
): PolicyPlane {
  const { instance, environment } = config;
  const target = config.policy.status;
  const configured: ConfiguredPlugins = {
    status: target !== null,
    decisionLogs: config.record.ship.some(({ to }) => to.kind === "opa"),
  };
  const plugins = () => pluginStates(bundles.status(), configured);
  const health = () => ({ notActivated: notActivated(bundles.status()), plugins: plugins() });
  if (target === null) return { health, reports: null };
  const labels = { id: instance, version: packageFile.version, ...config.labels, instance, environment };
  const reports = new StatusReports({
    ...{ target, clock, logger, random: Math.random },
    body: () => statusBody(bundles.status(), labels, plugins()),
    services,
  });
  return {
    health,
    reports: {
      findings: () => reports.findings(),
      start() {
        reports.changed();
        bundles.watch(() => reports.changed());
        bundles.watchRequests?.(() => reports.changed());
      },
      stop: () => reports.stop(),
    },
  };
}
