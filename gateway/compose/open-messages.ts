import { ApprovalPages } from "../act/hold/approval-pages.ts";
import { ListChanges } from "../act/results/list-changes.ts";
import { McpAnswers } from "../act/results/mcp-answers.ts";
import { ServerRequests } from "../act/server-requests/server-requests.ts";
import type { Bundles, Clock, Logger } from "../domain/ports.ts";
import type { Exchanges } from "../pipeline/exchanges.ts";
import type { ListenerAddress } from "./open-identity.ts";
import type { Memory } from "./open-memory.ts";
import type { Offers } from "./open-offers.ts";

interface MessagesDeps {
  readonly memory: Pick<Memory, "transportSessions" | "requestStates" | "definitions">;
  readonly offers: Pick<Offers, "visibility">;
  readonly exchanges: Exchanges;
  readonly bundles: Pick<Bundles, "active" | "watch">;
  readonly consoleAddress: Pick<ListenerAddress, "url">;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Messages {
  readonly answers: McpAnswers;
  readonly pages: ApprovalPages;
  readonly serverRequests: ServerRequests;
}

/** What may pass between MCP servers and the callers that they answer. */
export function openMessages(deps: MessagesDeps): Messages {
  const { memory, offers, exchanges, bundles, consoleAddress, clock, logger } = deps;
  const { requestStates: states, transportSessions: begun, definitions } = memory;
  const pages = new ApprovalPages({ consoleUrl: () => consoleAddress.url, states });
  const lists = new ListChanges({ visibility: offers.visibility, definitions, clock, logger });
  bundles.watch(() => void lists.judgedBy(bundles.active()));
  return {
    pages,
    answers: new McpAnswers(offers.visibility, { begun, pages, lists, clock, logger }),
    serverRequests: new ServerRequests({ exchanges, states, clock, logger }),
  };
}
