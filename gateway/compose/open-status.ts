import type { OpaHealth } from "../admin/opa/health.ts";
import { notActivated, pluginStates, statusBody } from "../bundle-services/status-body.ts";
import type { Services } from "../bundle-services/services/services.ts";
import { StatusReports } from "../bundle-services/status-reports.ts";
import type { Config } from "../config/config.ts";
import type { FindingSource } from "../domain/ports.ts";
import { type Delivered, type DeliveryDeps, labelsOf } from "./open-delivery.ts";

/** What OPA's status and health APIs say of this gateway. */
export interface PolicyPlane {
  readonly health: () => OpaHealth;
  /** Where the status is told; null: nowhere. */
  readonly reports: (FindingSource & { start(): void; stop(): Promise<void> }) | null;
}

/** Nothing is told before `start`: a gateway that replays sessions is none of the control plane. */
export function openStatus(
  config: Config,
  { bundles, discovered }: Pick<Delivered, "bundles" | "discovered">,
  services: Services,
  { clock, logger }: Pick<DeliveryDeps, "clock" | "logger">,
): PolicyPlane {
  const { status, discovery } = config.policy;
  const target = () => status ?? discovered()?.status ?? null;
  const plugins = () =>
    pluginStates(bundles.status(), {
      status: target() !== null,
      decisionLogs: config.record.ship.some(({ to }) => to.kind === "opa"),
    });
  const health = () => ({ notActivated: notActivated(bundles.status()), plugins: plugins() });
  if (status === null && discovery === null) return { health, reports: null };
  const labels = () => ({ ...discovered()?.labels, ...labelsOf(config) });
  const reports = new StatusReports({
    target,
    clock,
    logger,
    random: Math.random,
    body: () => statusBody(bundles.status(), labels(), plugins()),
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
