import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Route } from "../domain/route.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { readBody } from "./body.ts";
import { canonicalRequest } from "./canonical-request.ts";
import { poison, refuseDeadSocket } from "./dead-sockets.ts";
import { type Head, readHead } from "./head.ts";
import { readHttpCall } from "./http-reader.ts";
import { readMcpCall } from "./mcp-reader.ts";
import { readMediaType } from "./media-type.ts";
import { type OperationFinder, operationFinder } from "./openapi.ts";
import { routeMap } from "./route-map.ts";

export interface ParseOptions {
  /** For a whole request body, from its head on; milliseconds. */
  readonly bodyTimeoutMs: number;
  readonly maxHeaders: number;
}

export type Parse = (exchange: Exchange) => Promise<ToolCall>;

interface RouteReading {
  readonly accepted: ReadonlySet<string>;
  readonly operation: OperationFinder;
}

/**
 * The gateway's first step: wire to ToolCall. The returned function must be called in the tick of the server's
 * `request` event: the head is judged before it first waits, so that nothing pipelined behind a refused request
 * is believed. Called again for a resumed hold, it reads the kept body instead of the stream.
 * @throws Error at once when the routes or their OpenAPI documents have two meanings
 */
export function createParse(routes: readonly Route[], options: ParseOptions): Parse {
  const map = routeMap(routes);
  const readings = new Map(routes.map((route) => [route, routeReading(route)]));
  return async function parse(exchange) {
    const head = beforeWaiting(exchange, () => {
      if (exchange.body === null) refuseDeadSocket(exchange);
      return readHead(exchange, map, options.maxHeaders);
    });
    const reading = readings.get(head.route) as RouteReading;
    const contentType = beforeWaiting(exchange, () => contentTypeOf(head, reading.accepted));
    exchange.body ??= await wholeBody(exchange, head, options);
    const request = canonicalRequest(head, exchange.body.length === 0 ? null : contentType, exchange.body);
    const call =
      head.route.protocol === "mcp"
        ? readMcpCall(head, request, exchange)
        : readHttpCall(head, request, reading.operation);
    return call;
  };
}

function routeReading(route: Route): RouteReading {
  try {
    return { accepted: new Set(route.body.accept), operation: operationFinder(route.openapi) };
  } catch (cause) {
    throw new Error(`route ${route.id}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function contentTypeOf(head: Head, accepted: ReadonlySet<string>): string | null {
  return head.length === 0 ? null : readMediaType(head.headers.one("content-type"), accepted);
}

/** Whatever is refused before the body was read leaves bytes on the connection that nobody may take for a request. */
function beforeWaiting<Result>(exchange: Exchange, read: () => Result): Result {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof Refusal) || !survivable.has(thrown.code) || hasBody(exchange)) poison(exchange);
    throw thrown;
  }
}

/** These say nothing about where the request ends, so without a body the connection lives on. */
const survivable: ReadonlySet<string> = new Set(["route_unknown", "method_refused", "origin_refused"]);

function hasBody({ req }: Exchange): boolean {
  return req.headers["content-length"] !== undefined || req.headers["transfer-encoding"] !== undefined;
}

async function wholeBody(exchange: Exchange, head: Head, options: ParseOptions): Promise<Buffer> {
  const limits = { maxBytes: head.route.body.maxBytes, timeoutMs: options.bodyTimeoutMs };
  try {
    return await readBody(exchange.req, head.length, limits);
  } catch (thrown) {
    poison(exchange);
    throw thrown;
  }
}
