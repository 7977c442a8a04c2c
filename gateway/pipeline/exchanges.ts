import type { IncomingMessage, ServerResponse } from "node:http";
import { ClientConnection } from "../domain/connections.ts";
import { type Exchange, newContext, type PendingServerRequest } from "../domain/exchange.ts";
import type { Clock, Ids } from "../domain/ports.ts";

/** Parts of an exchange that comes from no socket of its own. */
export type InnerExchange = Pick<Exchange, "req" | "res" | "connection" | "resumed" | "credentials" | "task"> &
  Required<Pick<Exchange, "answerSink">> & { readonly body: Buffer };

/** Makes an exchange for each request, and another for each time it goes through the path again. */
export class Exchanges {
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(clock: Clock, ids: Ids) {
    this.#clock = clock;
    this.#ids = ids;
  }

  begin(req: IncomingMessage, res: ServerResponse): Exchange {
    const connection = new ClientConnection();
    res.on("close", () => {
      if (!res.writableFinished) connection.leave();
    });
    const context = this.#context(req);
    return {
      req,
      res,
      receivedAt: context.startedAt,
      connection,
      body: null,
      resumed: null,
      eventStreamOpen: false,
      context,
    };
  }

  /** An exchange without a connection of its own, such as the run of a task. */
  inner(parts: InnerExchange): Exchange {
    const context = this.#context(parts.req);
    return { ...parts, receivedAt: context.startedAt, eventStreamOpen: false, context };
  }

  /** A request of a tool server that came on the answer to an exchange; its caller is the one of that. */
  forServerRequest(exchange: Exchange, serverRequest: PendingServerRequest): Exchange {
    const { taskText: _said, toolQuery: _query, answerSink: _sink, task: _task, ...others } = exchange;
    const { opened: _call, counted: _counted, ...rest } = others;
    const context = { ...this.#context(exchange.req), route: serverRequest.within.call.route };
    return { ...rest, body: null, resumed: null, serverRequest, context };
  }

  /**
   * The same caller on the same connection with another request in the place of its own, in the same round: its caller goes on with its own
   * request, so a state is sealed for that.
   */
  decoy(
    exchange: Exchange,
    request: Required<Pick<Exchange, "res" | "headers" | "renaming">> & { readonly body: Buffer },
  ): Exchange {
    const { taskText: _said, toolQuery: _query, counted: _counted, ...rest } = exchange;
    return { ...rest, ...request, context: this.#context(exchange.req) };
  }

  resume(exchange: Exchange, approvalId: string): Exchange {
    const { redacted } = exchange.context;
    const context = { ...this.#context(exchange.req), ...(redacted === undefined ? {} : { redacted }) };
    return { ...exchange, resumed: approvalId, context };
  }

  #context(request: IncomingMessage): Exchange["context"] {
    return newContext({ decisionId: this.#ids.make("d"), request, startedAt: this.#clock.monotonic() });
  }
}
