import { notAllowed } from "../domain/endpoint.ts";
import { Refusal } from "../domain/errors.ts";
import type { DeadConnections } from "../domain/connections.ts";
import type { Exchange } from "../domain/exchange.ts";
import { allowsMethod, type Route } from "../domain/route.ts";
import type { McpMessage } from "../domain/tool-call.ts";
import type { Address, AddressReader } from "./target/target.ts";
import { allowReading } from "./cors.ts";
import { type BodyLength, readFraming, type HeaderReader, type RequestHeaders } from "./headers.ts";
import { refuseRepeated } from "./target/query.ts";

/** Everything that is known before the body. */
export interface Head {
  readonly method: string;
  readonly headers: RequestHeaders;
  readonly target: Address;
  readonly length: BodyLength;
  readonly route: Route;
  /** What the caller has named its transport session by. Absent: by nothing that this gateway has given out. */
  readonly sealed?: NonNullable<McpMessage["sealed"]>;
}

export interface HeadReading {
  readonly addressOf: AddressReader;
  readonly readHeaders: HeaderReader;
  readonly connections: DeadConnections;
  readonly maxHeaders: number;
  /** Names of the query parameters that a request may give more than once. */
  readonly mayRepeat: (request: Pick<Head, "method" | "route" | "target">) => ReadonlySet<string>;
}

/**
 * Reads the head synchronously. Framing comes first: nothing of a request can be trusted when its end is uncertain.
 * @throws Refusal
 */
export function readHead(exchange: Exchange, reading: HeadReading): Head {
  const { addressOf, readHeaders, maxHeaders, mayRepeat } = reading;
  const { req, headers: raw = req.rawHeaders } = exchange;
  const method = req.method ?? "";
  if (raw.length > maxHeaders * 2) {
    throw new Refusal("header_too_large", { hint: `at most ${maxHeaders} headers` });
  }
  const headers = readHeaders(raw);
  const length = readFraming(method, req.httpVersion, headers);
  // Node's parser drops the bytes that follow an upgrade offer in the same packet, so the next bytes may begin in the
  // middle of a request.
  if (headers.one("upgrade") !== null) reading.connections.endAfter(exchange);
  const target = addressOf(
    req.url ?? "",
    headers.one("host"),
    "encrypted" in req.socket && req.socket.encrypted === true,
  );
  const { route } = target;
  if (route === null) throw new Refusal("route_unknown");
  exchange.context.route = route;
  refuseOrigin(exchange, route, headers.one("origin"));
  if (!allowsMethod(route, method)) throw notAllowed(route.methods);
  if (target.repeated.length > 0) refuseRepeated(target.repeated, mayRepeat({ method, route, target }));
  // "identity" is refused as well: the header is a list, and upstreams may read such lists differently.
  if (headers.one("content-encoding") !== null) {
    const hint = "send it as it is, without Content-Encoding";
    throw new Refusal("encoding_refused", { hint, headers: { "Accept-Encoding": "identity" } });
  }
  return { method, headers, target, length, route };
}

/** The upstream sees the gateway as its caller, so a hostile web page has to be stopped here. */
function refuseOrigin({ res }: Exchange, route: Route, origin: string | null): void {
  if (origin === null) return;
  // "*": an endpoint of the gateway's own that pages of any origin may ask; no route of the configuration can say so.
  if (!route.origins.includes(origin) && !route.origins.includes("*")) throw new Refusal("origin_refused");
  allowReading(res, origin);
}
