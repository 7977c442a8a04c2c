import type { IncomingMessage, ServerResponse } from "node:http";
import { type Exchange, newContext } from "../domain/exchange.ts";
import { ClientConnection } from "../domain/client-connection.ts";
import type { Clock, Ids } from "../domain/ports.ts";

type InnerExchange = Pick<
  Exchange,
  "req" | "res" | "connection" | "resumed" | "credentials" | "task" | "answerSink"
> & {
  readonly body: Buffer;
};

export type Exchanges = ReturnType<typeof createExchanges>;

/** Makes an exchange for each request, and another for each time it goes through the path again. */
export function createExchanges(clock: Clock, ids: Ids) {
  return {
    begin(req: IncomingMessage, res: ServerResponse): Exchange {
      const connection = new ClientConnection();
      const receivedAt = clock.monotonic();
      res.on("close", () => {
        if (!res.writableFinished) connection.leave();
      });
      return {
        req,
        res,
        receivedAt,
        startedAt: receivedAt,
        connection,
        body: null,
        resumed: null,
        eventStreamOpen: false,
        context: newContext(ids.make("d")),
      };
    },
    /** What is done for another request, and answered to nobody's connection. */
    inner({ body, ...parts }: InnerExchange): Exchange {
      const receivedAt = clock.monotonic();
      return {
        receivedAt,
        startedAt: receivedAt,
        body,
        eventStreamOpen: false,
        context: newContext(ids.make("d")),
        ...parts,
      };
    },
    resume(exchange: Exchange, approvalId: string): Exchange {
      return { ...exchange, startedAt: clock.monotonic(), resumed: approvalId, context: newContext(ids.make("d")) };
    },
  };
}
