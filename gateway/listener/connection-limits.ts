import type { Server, Socket } from "node:net";
import { Refusal } from "../domain/errors.ts";

/**
 * This many connections beyond the limit get an answer; any more are closed without one, so that answering cannot
 * become the overload.
 */
const ANSWERED_BEYOND_LIMIT = 256;

/**
 * Answers connections beyond the limit with 503 through `refuse`, which also records it, instead of closing them silently.
 * The server's own listeners do not get them: a request that it parsed would be answered too, with another code.
 */
export function limitConnections(
  server: Server,
  limit: number,
  refuse: (refusal: Refusal, socket: Socket) => void,
): void {
  let open = 0;
  const serve = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.maxConnections = limit + ANSWERED_BEYOND_LIMIT;
  server.on("connection", function count(socket: Socket) {
    open++;
    socket.once("close", () => open--);
    if (open <= limit) return serve.forEach((listener) => listener.call(server, socket));
    socket.on("error", () => socket.destroy());
    refuse(new Refusal("overloaded", { detail: `more than ${limit} open connections` }), socket);
  });
}

const LOOK_EVERY_MS = 1_000;

interface Watched {
  written: number;
  since: number;
}

/**
 * Closes connections of callers that have stopped reading their answer, since each blocks a connection to a tool
 * server. A connection with nothing to send, such as an idle event stream, is left alone.
 */
export function closeStalledReaders(server: Server, stalledMs: number, monotonic: () => number): void {
  const sockets = new Map<Socket, Watched>();
  server.on("connection", function watch(socket: Socket) {
    sockets.set(socket, { written: 0, since: monotonic() });
    socket.once("close", () => sockets.delete(socket));
  });
  const timer = setInterval(look, Math.min(LOOK_EVERY_MS, stalledMs));
  timer.unref();
  server.once("close", () => clearInterval(timer));

  function look(): void {
    const now = monotonic();
    for (const [socket, watched] of sockets) {
      // Bytes taken by the operating system count as written; bytes that wait in this process show that it takes no
      // more.
      const written = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || written !== watched.written) Object.assign(watched, { written, since: now });
      else if (now - watched.since > stalledMs) socket.destroy();
    }
  }
}
