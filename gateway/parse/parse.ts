import type { Exchange } from "../domain/exchange.ts";
import { type CanonicalRequest, digested, type ToolCall } from "../domain/tool-call.ts";
import type { Route } from "../domain/route.ts";
import type { Head } from "./head.ts";
import { judgedMethod, readHttpCall } from "./http-reader.ts";
import { readMcpCall } from "./mcp/mcp-reader.ts";
import { type OperationFinder, operationFinder } from "./openapi/operation-finder.ts";
import { routeMap } from "./target/route-map.ts";
import { type RequestRules, type WholeRequestOptions, wholeRequests } from "./whole-request.ts";

type ParseOptions = WholeRequestOptions;

export type Parse = (exchange: Exchange) => Promise<ToolCall>;

const none: ReadonlySet<string> = new Set();

interface RouteReading {
  readonly accepted: ReadonlySet<string>;
  readonly operation: OperationFinder;
}

/**
 * Builds the first step of the request path: it turns a request into a ToolCall. The returned function must be called
 * in the tick of the server's `request` event; see `wholeRequests`.
 * @throws Error at once when the routes or their OpenAPI documents have two meanings
 */
export function createParse(routes: readonly Route[], options: ParseOptions): Parse {
  const readings = new Map(routes.map((route) => [route, routeReading(route)]));
  const readingOf = (route: Route) => readings.get(route) as RouteReading;
  const rules: RequestRules = {
    accepted: (route) => readingOf(route).accepted,
    mayRepeat: ({ method, route, target }) =>
      readingOf(route).operation(judgedMethod(method), target.upstream.segments)?.lists ?? none,
  };
  const whole = wholeRequests(routeMap(routes), rules, options);
  return async function parse(exchange) {
    const { head, contentType, body } = await whole(exchange);
    const request = canonicalRequest(head, contentType, body);
    return head.route.protocol === "mcp"
      ? readMcpCall(head, request, exchange)
      : readHttpCall(head, request, readingOf(head.route).operation);
  };
}

function routeReading(route: Route): RouteReading {
  try {
    return { accepted: new Set(route.body.accept), operation: operationFinder(route.openapi) };
  } catch (cause) {
    throw new Error(`route ${route.id}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The one request that is judged and sent: the upstream's origin, the canonical path and query, the same body bytes. */
function canonicalRequest(head: Head, contentType: string | null, body: Buffer): CanonicalRequest {
  const { method, headers, target, route } = head;
  const { upstream } = target;
  return {
    ...digested(method, upstream.target, contentType, body),
    origin: route.upstream.origin,
    path: upstream.path,
    segments: upstream.segments,
    query: target.query,
    host: target.host,
    document: target.document,
    headers: headers.endToEnd,
    body,
  };
}
