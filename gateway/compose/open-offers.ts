import type { SessionStreams } from "../act/forward/session-streams.ts";
import { type Visibility, visibility } from "../act/results/list-filter.ts";
import type { Config } from "../config/config.ts";
import { visible } from "../decide/decide.ts";
import type { DeadConnections } from "../domain/connections.ts";
import type { DefinitionLedger } from "../domain/ports.ts";
import { ToolSearches } from "../offer/search/list-presenter.ts";
import { nextPages } from "../offer/search/next-page.ts";
import { withToolSearch } from "../offer/search/unwrap.ts";
import { withOwnTasks } from "../parse/mcp/own-task.ts";
import { createParse, type Parse } from "../parse/parse.ts";
import type { Exchanges } from "../pipeline/exchanges.ts";
import { toolMakesTasks } from "./calls.ts";
import type { Memory } from "./open-memory.ts";

export interface Offers {
  readonly visibility: Visibility;
  readonly lists: ToolSearches;
}

interface OffersDeps {
  readonly definitions: DefinitionLedger;
  readonly exchanges: Exchanges;
}

export function openOffers({ definitions, exchanges }: OffersDeps): Offers {
  const sight = visibility({ evaluate: visible, definitions });
  const nextPage = nextPages({ begin: (parts) => exchanges.inner(parts) });
  return { visibility: sight, lists: new ToolSearches({ visibility: sight, nextPage }) };
}

interface ParseDeps {
  readonly config: Config;
  readonly connections: DeadConnections;
  readonly memory: Memory;
}

/** The first step of the request path, with all that makes another call of what came, in the order in which that is done. */
export function parseFor({ config, connections, memory }: ParseDeps, streams: SessionStreams): Parse {
  const { requestTimeoutMs: bodyTimeoutMs, maxHeaders } = config.listeners.agents.limits;
  const parse = createParse(config.routes, { bodyTimeoutMs, maxHeaders, connections });
  const unwrapping = withToolSearch(parse, memory.definitions);
  return streams.noting(withOwnTasks(unwrapping, toolMakesTasks(memory.read)));
}
