import type { Server, Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface LingerLimits {
  /** Without a byte from the other side. */
  readonly silenceMs: number;
  /** In all, however much still comes. */
  readonly wholeMs: number;
  readonly mostBytes: number;
}

const usual: LingerLimits = { silenceMs: 1_000, wholeMs: 5_000, mostBytes: 64 * 1024 * 1024 };

/**
 * Closes a connection so that its last answer arrives. TCP answers bytes for a closed socket with a reset, and a reset
 * discards what the other side has received but not read (RFC 9112 §9.6). So only the sending side is closed at first;
 * what still comes is thrown away, and the socket is destroyed when the other side has closed too, or at a limit.
 */
export function lingeringClose(socket: Duplex, limits: LingerLimits = usual): void {
  if (socket.destroyed) return;
  let bytes = 0;
  const destroy = (): void => void socket.destroy();
  const whole = setTimeout(destroy, limits.wholeMs).unref();
  const silence = setTimeout(destroy, limits.silenceMs).unref();
  socket.once("close", () => {
    clearTimeout(whole);
    clearTimeout(silence);
  });
  discardInput(socket, (chunk) => {
    silence.refresh();
    bytes += chunk.length;
    if (bytes > limits.mostBytes) destroy();
  });
  // The stream destroys itself once both sides have ended.
  if (!socket.writableEnded) socket.end();
}

/**
 * Nobody reads this connection any more: what comes is thrown away, and Node's HTTP parser gets none of it. It is still
 * read, since otherwise the other side's leaving would go unnoticed.
 */
export function discardInput(socket: Duplex, discard: (chunk: Buffer) => void = ignore): void {
  function take(): void {
    socket.removeAllListeners("data");
    // A listener for data also takes the bytes away from a parser that reads them below the stream.
    socket.on("data", discard);
    socket.resume();
  }
  if (!socket.isPaused()) return take();
  // Where the parser has paused the reading, only the parser begins it again.
  socket.once("resume", take);
  socket.resume();
}

function ignore(): void {
  // Only to let it flow.
}

/** Lets an HTTP server close its connections so; Node destroys them as soon as their last answer has been written. */
export function closeLingering(server: Server): void {
  const each = (socket: Socket): void => {
    socket.destroySoon = () => lingeringClose(socket);
  };
  // Over TLS, HTTP is spoken on another socket, which comes with the second event.
  server.on("connection", each).on("secureConnection", each);
}
