import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";

// Pipelined requests are parsed before the first of them is answered, so closing the connection comes too late for
// them: each new request asks here first whether its connection was given up already.
const dead = new WeakSet<Duplex>();
const latest = new WeakMap<Duplex, IncomingMessage>();

/**
 * Gives a connection up in this very tick: this response is its last, and nothing that follows is judged or forwarded.
 */
export function poison(exchange: Pick<Exchange, "req" | "res">): void {
  const { req, res } = exchange;
  dead.add(req.socket);
  res.shouldKeepAlive = false;
  if (!res.headersSent) res.setHeader("connection", "close");
}

/** For the server's `clientError` listener: a connection whose bytes could not be parsed is dead as well. */
export function poisonSocket(socket: Duplex): void {
  dead.add(socket);
}

/**
 * Refuses what follows on a dead connection. Trailers are known only when the next request has begun, so the request
 * before this one is looked at again.
 * @throws Refusal framing_ambiguous
 */
export function refuseDeadSocket(exchange: Exchange): void {
  const { socket } = exchange.req;
  const before = latest.get(socket);
  latest.set(socket, exchange.req);
  if (before !== undefined && before !== exchange.req && before.rawTrailers.length > 0) dead.add(socket);
  if (!dead.has(socket)) return;
  throw new Refusal("framing_ambiguous", {
    hint: "an earlier request on this connection was refused",
    detail: "pipelined behind a refused request; not judged",
  });
}

/** For handlers that answer without parsing: nothing on a dead connection deserves an answer of theirs. */
export function isDeadSocket(socket: Duplex): boolean {
  return dead.has(socket);
}
