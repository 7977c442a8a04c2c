import type { Server, Socket } from "node:net";
import { Refusal } from "../domain/errors.ts";

/** Beyond the limit this many more are told so; what comes on top is closed unheard, or telling would be the overload. */
const TOLD = 256;

/** Answers connections beyond the limit with 503 through `refuse`, which records it, instead of leaving them without a word. */
export function shedConnections(
  server: Server,
  limit: number,
  refuse: (refusal: Refusal, socket: Socket) => void,
): void {
  let open = 0;
  server.maxConnections = limit + TOLD;
  server.on("connection", function count(socket: Socket) {
    open++;
    socket.once("close", () => open--);
    if (open > limit) refuse(new Refusal("overloaded", { detail: `more than ${limit} open connections` }), socket);
  });
}

const LOOK_EVERY_MS = 1_000;

interface Watched {
  written: number;
  since: number;
}

/**
 * Cuts callers that have stopped reading what they are sent: each keeps a connection to a tool server waiting. Silence
 * while there is nothing to send, as on event streams, is nobody's fault.
 */
export function cutStalledReaders(server: Server, stalledMs: number, monotonic: () => number): void {
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
      // What is handed to the system counts as written; what waits in this process shows that the system takes no more.
      const written = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || written !== watched.written) Object.assign(watched, { written, since: now });
      else if (now - watched.since > stalledMs) socket.destroy();
    }
  }
}
