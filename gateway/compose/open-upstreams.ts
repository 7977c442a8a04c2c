import { Reachability } from "../act/forward/reachability.ts";
import { Upstreams } from "../act/forward/upstreams.ts";
import type { Config } from "../config/config.ts";
import type { Clock, Ids, Logger, UnderWay } from "../domain/ports.ts";
import { InnerServers } from "../stdio/inner-servers.ts";

export interface UpstreamDeps {
  readonly underWay: UnderWay;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** The ways to the tool servers, those that the gateway runs itself among them. @throws Error when a secret cannot be read */
export function openUpstreams(
  { routes, secret, record }: Config,
  { underWay, clock, ids, logger }: UpstreamDeps,
): Upstreams {
  const inner = new InnerServers(routes, { clock, ids, logger, secret });
  return new Upstreams(underWay, new Reachability({ clock, logger }), inner, record.answerDigests);
}
