import { Refusal } from "../domain/errors.ts";
import type { DeadConnections } from "../domain/dead-connections.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { OwnRequest } from "../domain/own-requests.ts";
import type { Route } from "../domain/route.ts";
import { Deadlines } from "../lib/deadlines.ts";
import { Turn } from "../lib/event-loop.ts";
import { readBody } from "./body.ts";
import { type Head, type HeadReading, readHead } from "./head.ts";
import { readJson } from "./json/read-json.ts";
import { headerReader } from "./headers.ts";
import { readMediaType } from "./media-type.ts";
import type { RouteMap } from "./target/route-map.ts";
import { addressReader } from "./target/target.ts";

export interface WholeRequestOptions {
  /** For a whole request body, from its head on; milliseconds. */
  readonly bodyTimeoutMs: number;
  readonly maxHeaders: number;
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
  const deadlines = new Deadlines(options.bodyTimeoutMs);
  const turn = new Turn();
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

const none: ReadonlySet<string> = new Set();

/**
 * Reads a request to one of the gateway's own endpoints as strictly as one that is forwarded: the same framing,
 * headers, path and JSON. `route` gives the limits of bodies; its host and prefix are not used.
 * @throws Refusal
 */
export function ownRequests(route: Route, options: WholeRequestOptions): (exchange: Exchange) => Promise<OwnRequest> {
  const accepted: ReadonlySet<string> = new Set(route.body.accept);
  const whole = wholeRequests({ find: () => route }, { accepted: () => accepted, mayRepeat: () => none }, options);
  return async function read(exchange) {
    const { head, contentType, body } = await whole(exchange);
    return {
      method: head.method,
      path: head.target.path,
      header: (name) => head.headers.one(name),
      document: contentType === null ? undefined : readJson(body, route.body.limits).value,
    };
  };
}
