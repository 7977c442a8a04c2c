import type { SessionStreams } from "../act/forward/session-streams.ts";
import { type Visibility, visibility } from "../act/results/list-filter.ts";
import type { Config } from "../config/config.ts";
import { decide, visible } from "../decide/decide.ts";
import { fitsSchema } from "../decide/schema-fit.ts";
import type { DeadConnections } from "../domain/connections.ts";
import type { ActivePolicy, Bundles, DefinitionLedger, Logger } from "../domain/ports.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Route } from "../domain/route.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { operationFact } from "../gather/call-definition.ts";
import { operationCalls } from "../offer/operations/call-operation.ts";
import { describeOperations, type Offered } from "../offer/operations/describe.ts";
import { OperationServer } from "../offer/operations/server.ts";
import { ToolSearches } from "../offer/search/list-presenter.ts";
import { nextPages } from "../offer/search/next-page.ts";
import { toolSearch } from "../offer/search/unwrap.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import type { ConnectionBursts } from "../listener/connection-bursts.ts";
import { isForwarded } from "../parse/forwarded-headers.ts";
import { ownTasks } from "../parse/mcp/own-task.ts";
import { withServerRequests } from "../parse/mcp/server-request.ts";
import { createParse, type Parse } from "../parse/parse.ts";
import type { Exchanges } from "../pipeline/exchanges.ts";
import type { Memory } from "./open-memory.ts";
import { toolMakesTasks } from "./open-tasks.ts";

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
  readonly bursts: ConnectionBursts;
  readonly memory: Memory;
  readonly offers: Pick<Offers, "offeredBy">;
}

/** The first step of the request path, with all that makes another call of what came, in the order in which that is done. */
export function parseFor(
  { config, connections, bursts, memory, offers }: ParseDeps,
  streams: SessionStreams,
): (exchange: Exchange) => Awaitable<ToolCall> {
  const parse = createParse(config.routes, {
    ...config.listeners.agents.limits,
    connections,
    sessions: memory.transportSessions,
    waits: () => bursts.isOn(),
  });
  const unwrapping = toolSearch(parse, memory.definitions);
  const offering = operationCalls(readAgain(parse, [unwrapping]), { offeredBy: offers.offeredBy, fits: fitsSchema });
  const { opened } = memory.requestStates;
  // A state is a part of the message, which the request of an operation has no more.
  const all = [unwrapping, opened, offering, ownTasks(toolMakesTasks(memory.read)), streams.noted];
  return withServerRequests(readAgain(parse, all));
}

/** A step that replaces a parsed call by the call that it stands for. */
type Rereading = (exchange: Exchange, call: ToolCall) => Awaitable<ToolCall>;

/** Runs the steps after `parse`, in this order. Most calls pass unchanged and without a wait. */
function readAgain(parse: Parse, steps: readonly Rereading[]): Parse {
  return async (exchange) => {
    let call = await parse(exchange);
    for (const step of steps) {
      const next = step(exchange, call);
      call = next instanceof Promise ? await next : next;
    }
    return call;
  };
}
