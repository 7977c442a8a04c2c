import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/**
 * Which requests of a connection still wait for their answers. What is said about bytes behind them must not overtake those
 * answers: a caller takes answers in the order of its requests, and would read a refusal for a call that was carried out.
 */
export class PendingAnswers {
  readonly #pending = new WeakMap<Duplex, Set<ServerResponse>>();
  readonly #waiting = new WeakMap<Duplex, () => void>();

  watching(handle: Handler): Handler {
    return (req, res) => {
      const { socket } = req;
      const pending = this.#pending.get(socket) ?? new Set<ServerResponse>();
      this.#pending.set(socket, pending.add(res));
      res.once("close", () => {
        pending.delete(res);
        if (pending.size === 0) this.#waiting.get(socket)?.();
      });
      handle(req, res);
    };
  }

  /** Calls back once: now when nothing is waiting for its answer on this connection, or else after the last answer. */
  afterAnswers(socket: Duplex, then: () => void): void {
    if ((this.#pending.get(socket)?.size ?? 0) === 0) then();
    else this.#waiting.set(socket, then);
  }
}
