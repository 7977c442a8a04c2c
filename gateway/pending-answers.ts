import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { oncePer } from "./domain/once-per.ts";

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

interface Connection {
  /** Answers that have not ended. */
  pending: number;
  waiting: (() => void) | null;
}

/**
 * Which requests of a connection still wait for their answers. What is said about bytes behind them must not overtake those
 * answers: a caller takes answers in the order of its requests, and would read a refusal for a call that was carried out.
 */
export class PendingAnswers {
  readonly #of = oncePer((_socket: Duplex): Connection => ({ pending: 0, waiting: null }));

  watching(handle: Handler): Handler {
    return (req, res) => {
      const connection = this.#of(req.socket);
      connection.pending += 1;
      res.on("close", () => {
        connection.pending -= 1;
        if (connection.pending === 0) connection.waiting?.();
      });
      handle(req, res);
    };
  }

  /** Calls back once: now when nothing is waiting for its answer on this connection, or else after the last answer. */
  afterAnswers(socket: Duplex, then: () => void): void {
    const connection = this.#of(socket);
    if (connection.pending === 0) then();
    else connection.waiting = then;
  }
}
