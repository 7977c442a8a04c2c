import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import express from "express";

export interface AppOptions {
  /** The one request path, failing closed. */
  readonly enforce: (req: IncomingMessage, res: ServerResponse) => void;
  /** The gateway's own answers on this listener, by first path segment. */
  readonly own: ReadonlyMap<string, (req: IncomingMessage, res: ServerResponse) => void>;
  /** What follows on a connection that was given up is refused whatever it asks for. */
  readonly isDead: (req: IncomingMessage) => boolean;
}

/**
 * One handler for everything: no mounted middleware that a path trick could skip, no body parser that could read
 * something else than what is judged. What is not one of the gateway's own few paths is a call.
 */
export function createApp({ enforce, own, isDead }: AppOptions): express.Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(function handle(req: IncomingMessage, res: ServerResponse) {
    const answer = own.get(firstSegment(req.url ?? ""));
    if (answer === undefined || isDead(req)) enforce(req, res);
    else answer(req, res);
  });
  return app;
}

function firstSegment(url: string): string {
  const end = url.slice(1).search(/[/?]/);
  return end === -1 ? url.slice(1) : url.slice(1, end + 1);
}

export interface ServerLimits {
  readonly maxHeaderBytes: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly connections: number;
}

/** The listener for agents. What Node itself cannot parse is answered by `malformed`. */
export function createAgentServer(
  app: express.Express,
  limits: ServerLimits,
  malformed: (error: NodeJS.ErrnoException, socket: import("node:stream").Duplex) => void,
): Server {
  const options = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    insecureHTTPParser: false,
    // Node would answer a missing Host itself: unrecorded, and with what is pipelined behind it still believed.
    requireHostHeader: false,
  };
  const server = createServer(options, app);
  server.maxConnections = limits.connections;
  server.on("clientError", malformed);
  return server;
}
