import type { IncomingMessage } from "node:http";
import type { DeadConnections } from "../domain/connections.ts";
import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { OwnRequest, OwnTextRequest, Route } from "../domain/route.ts";
import { type Deadline, Deadlines, Turn } from "../lib/event-loop.ts";
import { formType } from "../lib/media-type.ts";
import { readMediaType } from "./content-type.ts";
import { type Head, type HeadReading, readHead } from "./head.ts";
import { type BodyLength, headerReader } from "./headers.ts";
import { readJson } from "./json/read-json.ts";
import { readForm } from "./target/query.ts";
import type { RouteMap } from "./target/route-map.ts";
import { addressReader } from "./target/target.ts";

export interface WholeRequestOptions {
  /** For a whole request body, from its head on; milliseconds. */
  readonly requestTimeoutMs: number;
  readonly maxHeaders: number;
  /** Asked at the end of a turn of the event loop in which requests have arrived whole: whether they wait for the next. Absent: never. */
  readonly waits?: () => boolean;
  /** The dead connections of the server that the requests come to. */
  readonly connections: DeadConnections;
}

interface WholeRequest {
  readonly head: Head;
  /** Null without a body. */
  readonly contentType: string | null;
  readonly body: Buffer;
}

export interface RequestRules extends Pick<HeadReading, "mayRepeat"> {
  /** Media types of bodies. */
  readonly accepted: (route: Route) => ReadonlySet<string>;
}

/**
 * Reads head and body, strictly. The returned function must be called in the tick of the server's `request` event: it
 * checks the head before it first waits, so that nothing pipelined behind a refused request is processed. For a resumed
 * hold it uses the stored body instead of the stream.
 */
export function wholeRequests(
  map: RouteMap,
  { accepted, mayRepeat }: RequestRules,
  options: WholeRequestOptions,
): (exchange: Exchange) => Promise<WholeRequest> | WholeRequest {
  const { connections, maxHeaders } = options;
  const reading = { addressOf: addressReader(map), readHeaders: headerReader(), connections, maxHeaders, mayRepeat };
  const deadlines = new Deadlines(options.requestTimeoutMs);
  const turn = new Turn(options.waits);
  return function read(exchange) {
    const head = beforeWaiting(connections, exchange, () => {
      if (exchange.body === null) connections.refuse(exchange);
      return readHead(exchange, reading);
    });
    const contentType = beforeWaiting(connections, exchange, () => contentTypeOf(head, accepted(head.route)));
    const whole = (body: Buffer): WholeRequest => {
      exchange.body = body;
      return { head, contentType: body.length === 0 ? null : contentType, body };
    };
    if (exchange.body !== null) return whole(exchange.body);
    const limits = { maxBytes: head.route.body.maxBytes, deadlines };
    return new Promise((resolve, reject) => {
      readBody(exchange.req, head.length, limits, {
        read: (body) => turn.atEnd(() => resolve(whole(body))),
        refused(refusal) {
          connections.endAfter(exchange);
          reject(refusal);
        },
      });
    });
  };
}

const noNames: ReadonlySet<string> = new Set();

/**
 * Reads a request to one of the gateway's own endpoints as strictly as one that is forwarded: the same framing,
 * headers, path and JSON. `route` gives the limits of bodies; its host and prefix are not used.
 * @throws Refusal
 */
export function ownRequests(route: Route, options: WholeRequestOptions): (exchange: Exchange) => Promise<OwnRequest> {
  const read = ownBodies(route, options);
  return async function readDocument(exchange) {
    const { head, contentType, body } = await read(exchange);
    return { ...ownHead(head), document: documentOf(contentType, body, route) };
  };
}

/** A form is an object of texts, as far as the route accepts forms. */
function documentOf(contentType: string | null, body: Buffer, { body: { limits } }: Route): OwnRequest["document"] {
  if (contentType === null) return undefined;
  return contentType === formType ? Object.fromEntries(readForm(body, noNames)) : readJson(body, limits).value;
}

/** As `ownRequests`, for a body of which every character is a byte, such as a signed token. @throws Refusal */
export function ownTexts(route: Route, options: WholeRequestOptions): (exchange: Exchange) => Promise<OwnTextRequest> {
  const read = ownBodies(route, options);
  return async function readText(exchange) {
    const { head, body } = await read(exchange);
    return { ...ownHead(head), text: body.toString("latin1") };
  };
}

function ownBodies(route: Route, options: WholeRequestOptions): ReturnType<typeof wholeRequests> {
  const accepted: ReadonlySet<string> = new Set(route.body.accept);
  return wholeRequests({ find: () => route }, { accepted: () => accepted, mayRepeat: () => noNames }, options);
}

function ownHead({ method, target, headers }: Head): Pick<OwnRequest, "method" | "path" | "query" | "header"> {
  return { method, path: target.path, query: target.query, header: (name) => headers.one(name) };
}

function contentTypeOf(head: Head, accepted: ReadonlySet<string>): string | null {
  return head.length === 0 ? null : readMediaType(head.headers.one("content-type"), accepted);
}

/** A request that is refused before its body was read leaves bytes on the connection, which must not be read as a request. */
function beforeWaiting<Result>(connections: DeadConnections, exchange: Exchange, read: () => Result): Result {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof Refusal) || !survivable.has(thrown.code) || hasBody(exchange))
      connections.endAfter(exchange);
    throw thrown;
  }
}

/** These refusals do not question where the request ends, so the connection stays open when there is no body. */
const survivable: ReadonlySet<string> = new Set(["route_unknown", "method_refused", "origin_refused"]);

function hasBody({ req }: Exchange): boolean {
  return req.headers["content-length"] !== undefined || req.headers["transfer-encoding"] !== undefined;
}

const none = Buffer.alloc(0);

export interface BodyLimits {
  readonly maxBytes: number;
  /** For the whole body, from the head on. */
  readonly deadlines: Deadlines;
}

/**
 * Receives the result: exactly one of the two methods is called, once. For a request without a body, before `readBody` returns.
 */
export interface BodyReader {
  read(body: Buffer): void;
  /** Refusal body_too_large, body_incomplete, body_timeout, framing_ambiguous (trailers) */
  refused(refusal: Refusal): void;
}

/** Reads the whole body, exactly as long as its head declared. */
export function readBody(req: IncomingMessage, length: BodyLength, limits: BodyLimits, reader: BodyReader): void {
  if (length === 0) reader.read(none);
  else if (length !== "chunked" && length > limits.maxBytes) reader.refused(tooLarge(limits));
  else new BodyReading(req, length, limits, reader).begin();
}

/**
 * Refuses a request in the middle of its body, the rest of which Node's parser cannot read. False when the body is not
 * being read: it was refused already, or reading has not begun.
 */
export function refuseRest(req: IncomingMessage, refusal: Refusal): boolean {
  return !req.complete && req.listenerCount("error") > 0 && req.emit("error", refusal);
}

function tooLarge(limits: BodyLimits): Refusal {
  return new Refusal("body_too_large", { hint: `at most ${limits.maxBytes} bytes` });
}

class BodyReading {
  private readonly req: IncomingMessage;
  private readonly length: BodyLength;
  private readonly limits: BodyLimits;
  private readonly reader: BodyReader;
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private deadline: Deadline | null = null;
  /**
   * Set once the result is known; later events are ignored. The listeners are not removed: removing them costs as much
   * as the rest of the reading, and they are collected with the request.
   */
  private over = false;

  constructor(req: IncomingMessage, length: BodyLength, limits: BodyLimits, reader: BodyReader) {
    this.req = req;
    this.length = length;
    this.limits = limits;
    this.reader = reader;
  }

  begin(): void {
    this.deadline = this.limits.deadlines.begin(() => this.fail(new Refusal("body_timeout")));
    this.req.on("data", this.take).on("end", this.end).on("error", this.broken).on("close", this.broken);
  }

  private readonly take = (chunk: Buffer): void => {
    if (this.over) return;
    this.size += chunk.length;
    if (this.size > this.limits.maxBytes) return this.fail(tooLarge(this.limits));
    this.chunks.push(chunk);
    // A declared length has no trailers behind it, so its last byte ends the wait.
    if (this.size === this.length) this.succeed();
  };

  private readonly end = (): void => {
    if (this.over) return;
    if (this.req.rawTrailers.length > 0) return this.fail(new Refusal("framing_ambiguous", { hint: "trailers" }));
    if (this.length !== "chunked") return this.broken();
    this.succeed();
  };

  private readonly broken = (why?: unknown): void => {
    if (this.over) return;
    this.fail(why instanceof Refusal ? why : new Refusal("body_incomplete", { hint: `${this.size} bytes arrived` }));
  };

  private succeed(): void {
    this.settle();
    // Nearly every body arrives in one piece, which is then used as it is, without a copy.
    this.reader.read(this.chunks.length === 1 ? (this.chunks[0] as Buffer) : Buffer.concat(this.chunks, this.size));
  }

  private fail(refusal: Refusal): void {
    this.settle();
    this.req.pause();
    this.reader.refused(refusal);
  }

  private settle(): void {
    this.over = true;
    if (this.deadline !== null) this.limits.deadlines.end(this.deadline);
  }
}
