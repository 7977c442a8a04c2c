import { createServer, IncomingMessage, type RequestListener, type Server, ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { TlsOptions } from "node:tls";
import express from "express";
import type { DeadConnections } from "../domain/dead-connections.ts";
import { Refusal } from "../domain/errors.ts";
import type { Clock } from "../domain/ports.ts";
import type { Malformed } from "./malformed.ts";
import type { PendingAnswers } from "./pending-answers.ts";
import { cutStalledReaders, shedConnections } from "./shed.ts";
import type { ResourceMetadata } from "../identify/resource-metadata.ts";

export interface AppOptions {
  /** The one request path, failing closed. */
  readonly enforce: (req: IncomingMessage, res: ServerResponse) => void;
  /** The gateway's own answers on this listener, by first path segment. */
  readonly own: ReadonlyMap<string, (req: IncomingMessage, res: ServerResponse) => void>;
  /** The same for answers that read bodies; they read them as strictly as the request path does. */
  readonly withBody: ReadonlyMap<string, (req: IncomingMessage, res: ServerResponse) => void>;
  /** What follows on a connection that was given up is refused whatever it asks for. */
  readonly connections: Pick<DeadConnections, "has">;
  readonly pending: PendingAnswers;
  /** Answers a browser's preflight; false when it is none that may be granted. */
  readonly preflight: (req: IncomingMessage, res: ServerResponse) => boolean;
}

export interface AgentApp {
  readonly listener: RequestListener;
  /** What requests and responses are made of. */
  readonly born: ReturnType<typeof bornFor>;
}

/**
 * One handler for everything: no mounted middleware that a path trick could skip, no body parser that could read
 * something else than what is judged. What is not one of the gateway's own few paths is a call.
 */
export function createApp({ enforce, own, withBody, connections, pending, preflight }: AppOptions): AgentApp {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  function handle(req: IncomingMessage, res: ServerResponse): void {
    if (req.method === "OPTIONS" && !connections.has(req.socket) && preflight(req, res)) return;
    const segment = firstSegment(req.url ?? "");
    const strict = withBody.get(segment);
    const answer = strict ?? own.get(segment);
    if (answer === undefined || connections.has(req.socket) || (strict === undefined && asksForMore(req)))
      enforce(req, res);
    else answer(req, res);
  }
  const answered = pending.watching(handle);
  app.use(answered);
  const routed = app as unknown as (req: IncomingMessage, res: ServerResponse, next: () => void) => void;
  return {
    born: bornFor(app),
    // Of a target that it cannot read, Express would say by itself that there is no such page, and nobody would record it.
    listener: (req, res) => routed(req, res, () => answered(req, res)),
  };
}

/** Most of the gateway's own answers take no body. Whatever has one, or says anything about framing, is read by the strict parser. */
function asksForMore({ headers }: IncomingMessage): boolean {
  const { "transfer-encoding": coding, "content-length": length, upgrade, expect, trailer } = headers;
  return [coding, upgrade, expect, trailer].some((value) => value !== undefined) || (length ?? "0") !== "0";
}

function firstSegment(url: string): string {
  let end = 1;
  while (end < url.length && url[end] !== "/" && url[end] !== "?") end += 1;
  return url.slice(1, end);
}

export interface ServerLimits {
  readonly maxHeaderBytes: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly connections: number;
  readonly stalledReaderMs: number;
}

/** Node looks for late requests only every 30 s unless told otherwise. */
const LOOK_EVERY_MS = 1_000;

/**
 * Express gives each request and response another prototype, which makes V8 forget all it learned about the two. When they
 * are born with it, nothing changes.
 */
function bornFor(app: express.Express) {
  class AgentRequest extends IncomingMessage {}
  class AgentResponse extends ServerResponse {}
  Object.setPrototypeOf(AgentRequest.prototype, app.request);
  Object.setPrototypeOf(AgentResponse.prototype, app.response);
  app.request = AgentRequest.prototype as unknown as express.Request;
  app.response = AgentResponse.prototype as unknown as express.Response;
  return { IncomingMessage: AgentRequest, ServerResponse: AgentResponse };
}

/** The listener for agents. What Node itself cannot parse is answered by `malformed`. */
export function createAgentServer(
  { listener, born }: AgentApp,
  limits: ServerLimits,
  malformed: Malformed,
  tls: TlsOptions | null,
  clock: Clock,
): Server | TlsServer {
  const options = {
    ...born,
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    connectionsCheckingInterval: Math.min(LOOK_EVERY_MS, limits.headersTimeoutMs),
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    insecureHTTPParser: false,
    // Node would answer a missing Host itself: unrecorded, and with what is pipelined behind it still believed.
    requireHostHeader: false,
  };
  const handshakeTimeout = limits.headersTimeoutMs;
  const server =
    tls === null
      ? createServer(options, listener)
      : createTlsServer({ ...options, handshakeTimeout, ...tls }, listener);
  // Beyond its own limit Node leaves headers out without a word; ours refuses the request instead.
  server.maxHeadersCount = 0;
  // Before the handshake there is nobody to tell in words.
  shedConnections(server, limits.connections, tls === null ? malformed : (_refusal, socket) => socket.destroy());
  cutStalledReaders(server, limits.stalledReaderMs, clock.monotonic);
  server.on("clientError", tls === null ? malformed : afterHandshake(server, malformed));
  // Node would close the connection without a word.
  server.on("connect", (req: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => socket.destroy());
    malformed(new Refusal("method_refused", { hint: "CONNECT", headers: { Allow: "" } }), socket, req);
  });
  // Node would answer these itself: an unknown expectation unrecorded, a doubtful one with an invitation to go on.
  server.on("checkExpectation", listener);
  server.on("checkContinue", (req: IncomingMessage, res: ServerResponse) => {
    if (req.headers.expect?.toLowerCase() === "100-continue") res.writeContinue();
    listener(req, res);
  });
  return server;
}

/** Where no handshake succeeded there was no request, and there is nobody who could read an answer. */
function afterHandshake(server: Server | TlsServer, malformed: Malformed): Malformed {
  const established = new WeakSet<Duplex>();
  server.on("secureConnection", (socket: Duplex) => established.add(socket));
  return function onClientError(error, socket) {
    if (established.has(socket)) malformed(error, socket);
    else socket.destroy();
  };
}

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** Answers with a route's metadata (RFC 9728); what it does not know is a call like any other, and refused as one. */
export function wellKnown(metadata: ResourceMetadata, otherwise: Answer): Answer {
  return function answer(req, res) {
    const readable = req.method === "GET" || req.method === "HEAD";
    const document = readable ? metadata.find(req.headers.host?.toLowerCase() ?? "", req.url ?? "") : null;
    if (document === null) return otherwise(req, res);
    const body = JSON.stringify(document);
    res.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      "Cache-Control": "public, max-age=300",
      // Clients in browsers look it up before they have any credential.
      "Access-Control-Allow-Origin": "*",
    });
    res.end(req.method === "HEAD" ? undefined : body);
  };
}
