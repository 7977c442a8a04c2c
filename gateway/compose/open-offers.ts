import type { SessionStreams } from "../act/forward/session-streams.ts";
import { type Visibility, visibility } from "../act/results/list-filter.ts";
import type { Config } from "../config/config.ts";
import { decide, visible } from "../decide/decide.ts";
import { fitsSchema } from "../decide/schema-fit.ts";
import type { DeadConnections } from "../domain/connections.ts";
import type { ActivePolicy, Bundles, DefinitionLedger, Logger } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import { operationFact } from "../gather/gather.ts";
import { withOperations } from "../offer/operations/call-operation.ts";
import { describeOperations, type Offered } from "../offer/operations/describe.ts";
import { OperationServer } from "../offer/operations/server.ts";
import { ToolSearches } from "../offer/search/list-presenter.ts";
import { nextPages } from "../offer/search/next-page.ts";
import { withToolSearch } from "../offer/search/unwrap.ts";
import { isForwarded } from "../parse/forwarded-headers.ts";
import { withOwnTasks } from "../parse/mcp/own-task.ts";
import { withServerRequests } from "../parse/mcp/server-request.ts";
import { createParse, type Parse } from "../parse/parse.ts";
import type { Exchanges } from "../pipeline/exchanges.ts";
import { toolMakesTasks } from "./calls.ts";
import type { Memory } from "./open-memory.ts";

export interface Offers {
  readonly visibility: Visibility;
  readonly lists: ToolSearches;
  readonly served: OperationServer;
  /** What a route offers whose tools are operations. */
  readonly offeredBy: (route: Route) => Offered;
}

interface OffersDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly definitions: DefinitionLedger;
  readonly exchanges: Exchanges;
  readonly bundles: Pick<Bundles, "active" | "isStale">;
}

export function openOffers({ config, logger, definitions, exchanges, bundles }: OffersDeps): Offers {
  const active = (): ActivePolicy | null => (bundles.isStale() ? null : bundles.active());
  const sight = visibility({ evaluate: visible, decide, definitions, active });
  const nextPage = nextPages({ begin: (parts) => exchanges.inner(parts) });
  const lists = new ToolSearches({ visibility: sight, nextPage });
  const offered = new Map(config.routes.flatMap((route) => describedBy(route, logger)));
  const offeredBy = (route: Route): Offered => offered.get(route.id) ?? { operations: new Map(), left: [] };
  const served = new OperationServer({ offeredBy, visibility: sight, factOf: operationFact, lists });
  return { visibility: sight, lists, served, offeredBy };
}

/** The operator hears once, at the start, which operations are no tools. */
function describedBy({ id, operationsOf: http }: Route, logger: Logger): (readonly [string, Offered])[] {
  if (http === undefined) return [];
  const offered = describeOperations(http, (name) => isForwarded(http, name));
  for (const { place, why } of offered.left)
    logger.warn("an operation is not offered as a tool", { route: http.id, place, why });
  return [[id, offered]];
}

interface ParseDeps {
  readonly config: Config;
  readonly connections: DeadConnections;
  readonly memory: Memory;
  readonly offers: Pick<Offers, "offeredBy">;
}

/** The first step of the request path, with all that makes another call of what came, in the order in which that is done. */
export function parseFor({ config, connections, memory, offers }: ParseDeps, streams: SessionStreams): Parse {
  const { requestTimeoutMs: bodyTimeoutMs, maxHeaders } = config.listeners.agents.limits;
  const parse = createParse(config.routes, {
    ...{ bodyTimeoutMs, maxHeaders, connections },
    sessions: memory.transportSessions,
  });
  const unwrapping = withToolSearch(parse, memory.definitions);
  const offering = withOperations(unwrapping, { offeredBy: offers.offeredBy, fits: fitsSchema });
  const opening = memory.requestStates.opening(offering);
  return withServerRequests(streams.noting(withOwnTasks(opening, toolMakesTasks(memory.read))));
}
