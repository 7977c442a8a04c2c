import { ApprovalPages } from "../act/hold/approval-pages.ts";
import { McpAnswers } from "../act/results/mcp-answers.ts";
import { ServerRequests } from "../act/server-requests/server-requests.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import type { Exchanges } from "../pipeline/exchanges.ts";
import type { ListenerAddress } from "./open-identity.ts";
import type { Memory } from "./open-memory.ts";
import type { Offers } from "./open-offers.ts";

interface MessagesDeps {
  readonly memory: Pick<Memory, "transportSessions" | "requestStates">;
  readonly offers: Pick<Offers, "visibility">;
  readonly exchanges: Exchanges;
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
export function openMessages({ memory, offers, exchanges, consoleAddress, clock, logger }: MessagesDeps): Messages {
  const { requestStates: states, transportSessions: begun } = memory;
  const pages = new ApprovalPages({ consoleUrl: () => consoleAddress.url, states, clock });
  return {
    pages,
    answers: new McpAnswers(offers.visibility, { begun, pages, clock }),
    serverRequests: new ServerRequests({ exchanges, states, clock, logger }),
  };
}
