import type { IncomingMessage, ServerResponse } from "node:http";
import { ownPathOf, type Route } from "../domain/route.ts";
import { type AddressReader, addressReader } from "./target/target.ts";
import { readFraming, type HeaderReader, headerReader } from "./headers.ts";
import { routeMap } from "./target/route-map.ts";

/**
 * Lets a page of this origin read the answer, refusals included (Fetch Standard, "CORS protocol"). Credentials mode is
 * not allowed: no cookie is accepted here, credentials are in the request's headers.
 */
export function allowReading(res: ServerResponse, origin: string): void {
  // A call that was held is parsed a second time.
  if (res.headersSent) return;
  res.setHeader("Access-Control-Allow-Origin", origin);
  res.setHeader("Access-Control-Expose-Headers", "*");
  res.setHeader("Vary", "Origin");
}

/**
 * Origins of pages that may call at least one route. They may also read the gateway's own endpoints: the state of an
 * approval, and metadata.
 */
export function pageOrigins(routes: readonly Route[]): readonly string[] {
  return [...new Set(routes.flatMap(({ origins }) => origins))];
}

const methods: ReadonlySet<string> = new Set(["GET"]);
const tokens = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?: ?, ?[!#$%&'*+\-.^_`|~0-9A-Za-z]+)*$/;
const LONGEST_LIST = 2_000;
const REMEMBERED_S = 600;

/**
 * Answers a browser's preflight (Fetch Standard, "CORS-preflight request") when the page's origin may call the route.
 * Neither the tool server nor policy is involved, since a preflight executes nothing. Returns false for any other
 * request, which then goes through the request path.
 */
export function preflights(
  routes: readonly Route[],
  maxHeaders: number,
): (req: IncomingMessage, res: ServerResponse) => boolean {
  const reading = {
    addressOf: addressReader(routeMap(routes)),
    readHeaders: headerReader(),
    own: { origins: pageOrigins(routes), methods },
    maxHeaders,
  };
  return function answer(req, res) {
    const granted = grantedTo(req, reading);
    if (granted === null) return false;
    allowReading(res, granted.origin);
    res.writeHead(204, {
      "Access-Control-Allow-Methods": granted.methods,
      // Which of these headers are forwarded is decided later, by the same rules for every caller.
      ...(granted.headers === null ? {} : { "Access-Control-Allow-Headers": granted.headers }),
      "Access-Control-Max-Age": REMEMBERED_S,
      Vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    });
    res.end();
    return true;
  };
}

interface Granted {
  readonly origin: string;
  readonly methods: string;
  readonly headers: string | null;
}

interface PreflightReading {
  readonly addressOf: AddressReader;
  readonly readHeaders: HeaderReader;
  /** Origins and methods for the gateway's own endpoints. */
  readonly own: Pick<Route, "origins" | "methods">;
  readonly maxHeaders: number;
}

function grantedTo(
  req: IncomingMessage,
  { addressOf, readHeaders, own, maxHeaders }: PreflightReading,
): Granted | null {
  if (req.method !== "OPTIONS" || req.rawHeaders.length > maxHeaders * 2) return null;
  try {
    const headers = readHeaders(req.rawHeaders);
    const origin = headers.one("origin");
    const requested = headers.list("access-control-request-headers");
    if (origin === null || headers.list("access-control-request-method") === null) return null;
    if (headers.one("upgrade") !== null) return null;
    if (readFraming("OPTIONS", req.httpVersion, headers) !== 0) return null;
    if (requested !== null && (requested.length > LONGEST_LIST || !tokens.test(requested))) return null;
    const encrypted = "encrypted" in req.socket && req.socket.encrypted === true;
    const { route, path } = addressOf(req.url ?? "", headers.one("host"), encrypted);
    const target = ownPathOf(path) === undefined ? route : own;
    if (target === null || !target.origins.includes(origin)) return null;
    return { origin, methods: [...target.methods].join(", "), headers: requested };
  } catch {
    return null;
  }
}
