import type { Config } from "../config/config.ts";
import type { LiveShadow } from "../impact/shadow/live-shadow.ts";
import type { Metrics } from "../record/metrics/metrics.ts";
import { type Delivered, openDelivery, type OwnDeliveryDeps } from "./open-delivery.ts";
import { openShadow } from "./open-shadow.ts";
import { openStatus, type PolicyPlane } from "./open-status.ts";

interface PolicyDeps extends OwnDeliveryDeps {
  readonly metrics: Metrics;
}

/** How the policy gets in, what is judged beside it, and what OPA's services hear of it. */
export interface Policies extends Delivered {
  /** A candidate that is judged beside it; null where the configuration names none. */
  readonly shadow: LiveShadow | null;
  readonly plane: PolicyPlane;
}

/** @throws as openDelivery */
export async function openPolicy(config: Config, deps: PolicyDeps): Promise<Policies> {
  const delivered = await openDelivery(config, deps);
  const { bundles } = delivered;
  return { ...delivered, shadow: openShadow(config, bundles, deps), plane: openStatus(config, bundles, deps) };
}
