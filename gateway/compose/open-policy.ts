import { Services } from "../bundle-services/services/services.ts";
import type { Config } from "../config/config.ts";
import { parseReference, readText } from "../config/environment.ts";
import type { Ids } from "../domain/ports.ts";
import type { LiveShadow } from "../impact/shadow/live-shadow.ts";
import type { Metrics } from "../record/metrics/metrics.ts";
import { type Delivered, openDelivery, type OwnDeliveryDeps } from "./open-delivery.ts";
import { openShadow } from "./open-shadow.ts";
import { openStatus, type PolicyPlane } from "./open-status.ts";

interface PolicyDeps extends OwnDeliveryDeps {
  readonly ids: Ids;
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
  const services = openServices(config, deps);
  const delivered = await openDelivery(config, services, deps);
  const { bundles } = delivered;
  return {
    ...delivered,
    shadow: openShadow(config, bundles, deps),
    plane: openStatus(config, delivered, services, deps),
  };
}

function openServices(config: Config, { clock, ids, logger }: PolicyDeps): Services {
  const referenceIn = (text: string) => parseReference(text, config.dataDir);
  return new Services({
    clock,
    ids,
    logger,
    secretIn: (text) => (referenceIn(text) === null ? text : config.secret(text)),
    keyText: (text) => {
      const reference = referenceIn(text);
      if (reference === null) throw new Error("the key is named by no reference");
      return readText(reference);
    },
  });
}
