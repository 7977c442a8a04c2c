import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { AddressClass } from "../domain/route.ts";
import { assertOrigin, checkedLookup, isLoopback } from "./addresses.ts";
import { readWhole } from "./checked-fetch.ts";

export interface BoundedRequest {
  readonly method: "GET" | "POST" | "PATCH";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Ends the request, from its beginning to the last byte of the answer. */
  readonly signal: AbortSignal;
  /** Of the answer's body. */
  readonly maxBytes: number;
}

export interface RequestRules {
  /** Classes of addresses that are allowed beside public ones. */
  readonly addresses: ReadonlySet<AddressClass>;
  /** Plain http is allowed beyond loopback. */
  readonly insecure: boolean;
}

export interface BoundedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * One request to an address that another system has named, such as an endpoint of its metadata. The socket connects to the very
 * address that was checked, no redirect is followed, and no connection is kept.
 * @throws Error when it is refused before it is sent, cannot be sent, or its answer is too large; the signal's reason when it aborts
 */
export async function boundedRequest(wanted: BoundedRequest, rules: RequestRules): Promise<BoundedAnswer> {
  const url = checkedUrl(wanted.url, rules);
  const answer = await sent(url, wanted, rules);
  const body = await readWhole(answer, wanted.maxBytes, { signal: wanted.signal });
  return { status: answer.statusCode ?? 0, headers: answer.headers, body };
}

function checkedUrl(text: string, { addresses, insecure }: RequestRules): URL {
  if (!URL.canParse(text)) throw new Error(`${text.slice(0, 200)} is not a URL`);
  const url = new URL(text);
  const { protocol, hostname, username, password } = url;
  if (username !== "" || password !== "") throw new Error("the URL holds a credential");
  const open = protocol === "http:" && (insecure || isLoopback(hostname));
  if (protocol !== "https:" && !open) throw new Error(`${url.origin} is not reached by https`);
  assertOrigin(url.origin, addresses);
  return url;
}

function sent(url: URL, wanted: BoundedRequest, { addresses }: RequestRules): Promise<IncomingMessage> {
  const { method, headers, body, signal } = wanted;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const length = body === null ? {} : { "content-length": Buffer.byteLength(body) };
  const request = send(url, {
    method,
    // A connection that is kept would skip the check for the next request.
    agent: false,
    lookup: checkedLookup(addresses),
    signal,
    headers: { "user-agent": "Sallyport", accept: "application/json", ...headers, ...length },
  });
  request.on("error", (error) => reject(signal.aborted ? (signal.reason as Error) : error));
  request.on("response", resolve);
  request.end(body ?? undefined);
  return promise;
}
