import type { Exchange } from "../domain/exchange.ts";
import type { OwnRequest } from "../domain/own-request.ts";
import type { Route } from "../domain/route.ts";
import { readJson } from "./json/read-json.ts";
import { type WholeRequestOptions, wholeRequests } from "./whole-request.ts";

const none: ReadonlySet<string> = new Set();

/**
 * Reads a request that the gateway answers itself, as strictly as one that it forwards: the same framing, headers, path
 * and JSON. `route` says what its bodies may be; its host and prefix do not count.
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
