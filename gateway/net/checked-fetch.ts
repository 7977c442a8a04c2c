import { readFileSync } from "node:fs";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { AddressClass } from "../domain/route.ts";
import { assertOrigin, checkedLookup } from "./addresses.ts";

/** How servers of the configuration are asked that are no tool servers: authorization servers, Vault, STS. */
export interface CheckedFetchOptions {
  /** Address classes beyond public ones that a name may resolve to. */
  readonly addresses: ReadonlySet<AddressClass>;
  /** PEM file of the certificate authorities; null: those that Node knows. Read for each request, so that a renewed one counts. */
  readonly caFile: string | null;
  /** PEM files of the certificate that the gateway shows; read for each request too. Default: none. */
  readonly client?: { readonly certFile: string; readonly keyFile: string } | null;
  /** From the first byte sent to the last one read, in milliseconds. */
  readonly timeoutMs: number;
  /** Largest body of an answer, in bytes. */
  readonly maxBytes: number;
}

export interface FetchInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | null;
  /** How long, in milliseconds, it may take until the head of the answer, and until each next part of its body. Default: `timeoutMs` alone counts. */
  readonly pauses?: { readonly headMs: number; readonly bodyMs: number };
  /** Ends the request before its time. */
  readonly signal?: AbortSignal;
}

/** The answer came and cannot be used. The message holds no address. */
export class UnusableAnswer extends Error {
  override readonly name = "UnusableAnswer";
}

export type CheckedFetch = (url: string, init?: FetchInit) => Promise<Response>;

/**
 * A `fetch` whose socket connects to an address that was checked, that follows no redirect, and whose answer is read whole within
 * limits. It keeps no connection: it would skip the check for the next request. A success that comes before the body was sent whole
 * is none.
 * @throws Refusal upstream_address_refused, Error whose message holds neither the URL nor a header
 */
export function checkedFetch(options: CheckedFetchOptions): CheckedFetch {
  return async function fetchChecked(address, init = {}) {
    const url = new URL(address);
    assertOrigin(url.origin, options.addresses);
    const limit = AbortSignal.timeout(options.timeoutMs);
    const pauses = pauseLimit(init.pauses ?? null);
    const signal = AbortSignal.any([limit, pauses.signal, ...(init.signal === undefined ? [] : [init.signal])]);
    const { answer, isWhole, body } = await whole(url, init, options, { signal, heard: pauses.heard }).finally(
      pauses.end,
    );
    const status = answer.statusCode ?? 0;
    if (!isWhole && status < 300) throw new UnusableAnswer(`answered ${status} before it had the whole request`);
    // Statuses that have no body (https://fetch.spec.whatwg.org/#null-body-status) must be given none.
    const empty = status === 204 || status === 205 || status === 304;
    return new Response(empty ? null : body, { status, headers: headersOf(answer) });
  };
}

interface Hearing {
  readonly signal: AbortSignal;
  /** A part of the answer has come. */
  readonly heard?: () => void;
}

async function whole(url: URL, init: FetchInit, options: CheckedFetchOptions, hearing: Hearing) {
  const answered = await send(url, init, options, hearing.signal);
  return { ...answered, body: await readWhole(answered.answer, options.maxBytes, hearing) };
}

function send(
  url: URL,
  { method = "GET", headers = {}, body = null }: FetchInit,
  { addresses, caFile, client = null }: CheckedFetchOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const length = body === null ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const common = { method, agent: false, lookup: checkedLookup(addresses), signal } as const;
  const own = { "user-agent": "Sallyport", ...headers, ...length };
  const request =
    url.protocol === "https:"
      ? requestHttps(url, { ...common, headers: own, ...pemOf(caFile, client) })
      : requestHttp(url, { ...common, headers: own });
  request.on("response", (answer) => resolve({ answer, isWhole: request.writableFinished }));
  request.on("error", (error) => reject(signal.aborted ? (signal.reason as Error) : error));
  request.end(body ?? undefined);
  return promise;
}

interface Answer {
  readonly answer: IncomingMessage;
  /** The request had been sent whole when it came. */
  readonly isWhole: boolean;
}

function pemOf(caFile: string | null, client: NonNullable<CheckedFetchOptions["client"]> | null) {
  return {
    ...(caFile !== null && { ca: readFileSync(caFile) }),
    ...(client !== null && { cert: readFileSync(client.certFile), key: readFileSync(client.keyFile) }),
  };
}

/** A signal that aborts when nothing was heard for too long. */
function pauseLimit(pauses: NonNullable<FetchInit["pauses"]> | null) {
  const over = new AbortController();
  const tooLong = (): void => over.abort(new DOMException("nothing was heard in time", "TimeoutError"));
  let timer = pauses === null ? undefined : setTimeout(tooLong, pauses.headMs);
  return {
    signal: over.signal,
    heard(): void {
      if (pauses === null) return;
      clearTimeout(timer);
      timer = setTimeout(tooLong, pauses.bodyMs);
    },
    end: (): void => clearTimeout(timer),
  };
}

/** `signal`: the one that the request was sent with. @throws UnusableAnswer when it is larger; the signal's reason when it aborts */
export async function readWhole(
  answer: IncomingMessage,
  maxBytes: number,
  { signal, heard }: Hearing,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    heard?.();
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      heard?.();
      size += chunk.length;
      // Leaving the loop cuts the connection.
      if (size > maxBytes) throw new UnusableAnswer(`the answer is larger than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (failure) {
    throw signal.aborted ? (signal.reason as Error) : failure;
  }
  return Buffer.concat(chunks);
}

function headersOf({ rawHeaders }: IncomingMessage): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    pairs.push([rawHeaders[at] as string, rawHeaders[at + 1] as string]);
  return pairs;
}
