import type { IncomingMessage, ServerResponse } from "node:http";
import type { Exchange, Trail } from "./domain/exchange.ts";
import type { Clock, Ids } from "./domain/ports.ts";

/** Makes an exchange for each request, and another for each time it goes through the path again. */
export function createExchanges(clock: Clock, ids: Ids) {
  const newTrail = (): Trail => ({
    decisionId: ids.make("d"),
    route: null,
    call: null,
    subject: null,
    facts: null,
    input: null,
    rpc: null,
  });
  return {
    begin(req: IncomingMessage, res: ServerResponse): Exchange {
      const gone = new AbortController();
      res.once("close", () => {
        if (!res.writableFinished) gone.abort();
      });
      return {
        req,
        res,
        receivedAt: clock.now(),
        startedAt: clock.monotonic(),
        gone: gone.signal,
        body: null,
        resumed: null,
        eventStreamOpen: false,
        trail: newTrail(),
      };
    },
    resume(exchange: Exchange, approvalId: string): Exchange {
      return { ...exchange, startedAt: clock.monotonic(), resumed: approvalId, trail: newTrail() };
    },
  };
}
