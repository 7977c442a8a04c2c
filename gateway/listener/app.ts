import { createServer, IncomingMessage, type RequestListener, type Server, ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { TlsOptions } from "node:tls";
import express from "express";
import type { DeadConnections } from "../domain/connections.ts";
import { Refusal } from "../domain/errors.ts";
import type { Clock } from "../domain/ports.ts";
import { published, writeJson } from "../lib/json-answer.ts";
import { closeLingering } from "../lib/lingering-close.ts";
import type { Malformed } from "./malformed.ts";
import type { PendingAnswers } from "./pending-answers.ts";
import { closeStalledReaders, limitConnections } from "./connection-limits.ts";
import type { ResourceMetadata } from "../identify/resource-metadata.ts";

export interface AppDeps {
  /** The one request path, failing closed. */
  readonly enforce: (req: IncomingMessage, res: ServerResponse) => void;
  /** The gateway's own answers on this listener, by first path segment. */
  readonly own: ReadonlyMap<string, (req: IncomingMessage, res: ServerResponse) => void>;
  /** The same for answers that read bodies; they read them as strictly as the request path does. */
  readonly withBody: ReadonlyMap<string, (req: IncomingMessage, res: ServerResponse) => void>;
  /** Every further request on a dead connection is refused. */
  readonly connections: Pick<DeadConnections, "has">;
  readonly pending: PendingAnswers;
  /** Answers a browser's preflight; false when it is none that may be granted. */
  readonly preflight: (req: IncomingMessage, res: ServerResponse) => boolean;
}

export interface AgentApp {
  readonly listener: RequestListener;
  /** Classes for Node's request and response objects. */
  readonly messageClasses: ReturnType<typeof messageClassesFor>;
}

/**
 * One handler for all requests: no mounted middleware that a crafted path could skip, and no body parser that could
 * read the body differently from what is judged. Every path that is not one of the gateway's own endpoints is a call.
 */
export function createApp({ enforce, own, withBody, connections, pending, preflight }: AppDeps): AgentApp {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  function handle(req: IncomingMessage, res: ServerResponse): void {
    if (req.method === "OPTIONS" && !connections.has(req.socket) && preflight(req, res)) return;
    const segment = firstSegment(req.url ?? "");
    const strict = withBody.get(segment);
    const answer = strict ?? own.get(segment);
    if (answer === undefined || connections.has(req.socket) || (strict === undefined && declaresBody(req)))
      enforce(req, res);
    else answer(req, res);
  }
  const answered = pending.watching(handle);
  app.use(answered);
  const routed = app as unknown as (req: IncomingMessage, res: ServerResponse, next: () => void) => void;
  return {
    messageClasses: messageClassesFor(app),
    // Express itself would answer 404 to a target that it cannot parse, without a record.
    listener: (req, res) => routed(req, res, () => answered(req, res)),
  };
}

/**
 * Most of the gateway's own endpoints take no body. A request that has one, or any header about framing, is read by the
 * strict parser.
 */
function declaresBody({ headers }: IncomingMessage): boolean {
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

/** Interval of Node's check for late requests; its default is 30 s. */
const LOOK_EVERY_MS = 1_000;

/**
 * Express gives each request and response another prototype, which discards V8's optimizations for both. With classes
 * that have this prototype from the start, nothing changes.
 */
function messageClassesFor(app: express.Express) {
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
  { listener, messageClasses }: AgentApp,
  limits: ServerLimits,
  malformed: Malformed,
  tls: TlsOptions | null,
  clock: Clock,
): Server | TlsServer {
  const options = {
    ...messageClasses,
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
  // Beyond its own limit Node silently drops headers; the gateway's limit refuses the request instead.
  server.maxHeadersCount = 0;
  closeLingering(server);
  // Before the TLS handshake no HTTP answer can be sent.
  limitConnections(server, limits.connections, tls === null ? malformed : (_refusal, socket) => socket.destroy());
  closeStalledReaders(server, limits.stalledReaderMs, clock.monotonic);
  server.on("clientError", tls === null ? malformed : afterHandshake(server, malformed));
  // Node would close the connection without an answer.
  server.on("connect", (req: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => socket.destroy());
    malformed(new Refusal("method_refused", { hint: "CONNECT", headers: { Allow: "" } }), socket, req);
  });
  // Node would answer these itself: an unknown expectation unrecorded, a doubtful one with 100 Continue.
  server.on("checkExpectation", listener);
  server.on("checkContinue", (req: IncomingMessage, res: ServerResponse) => {
    if (req.headers.expect?.toLowerCase() === "100-continue") res.writeContinue();
    listener(req, res);
  });
  return server;
}

/** Without a TLS handshake there was no request, and no answer can be sent. */
function afterHandshake(server: Server | TlsServer, malformed: Malformed): Malformed {
  const established = new WeakSet<Duplex>();
  server.on("secureConnection", (socket: Duplex) => established.add(socket));
  return function onClientError(error, socket) {
    if (established.has(socket)) malformed(error, socket);
    else socket.destroy();
  };
}

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** Documents that everybody may read, by host and path. */
export type PublishedDocuments = Pick<ResourceMetadata, "find">;

/** Answers with a document. Any other path goes to `otherwise` and is refused like every unknown call. */
export function wellKnown(documents: PublishedDocuments, otherwise: Answer): Answer {
  return function answer(req, res) {
    const readable = req.method === "GET" || req.method === "HEAD";
    const document = readable ? documents.find(req.headers.host?.toLowerCase() ?? "", req.url ?? "") : null;
    if (document === null) otherwise(req, res);
    else writeDocument(res, document);
  };
}

/** As everybody may read and keep it, also clients in browsers, which look it up before they have any credential. */
export function writeDocument(res: ServerResponse, document: object): void {
  writeJson(res, { status: 200, headers: { ...published, "Access-Control-Allow-Origin": "*" }, body: document });
}
