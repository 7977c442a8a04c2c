import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import type { Clock, PostAnswer, SignedPost } from "../domain/ports.ts";
import { isPassing, networkFailure, retryAfterMs } from "./post-json.ts";
import { signedHeaders } from "./webhook-signature.ts";

export interface SignedPostOptions {
  /** Read for each message, so that a rotated one counts. @throws Error that names the reference, never the value */
  readonly keys: () => readonly Buffer[];
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Resolves to allowed addresses only; the socket connects to the address that was checked. */
  readonly lookup: LookupFunction;
  /** Sockets look up names only. @throws when the origin is an address of a class that is not allowed */
  readonly assertOrigin: (origin: string) => void;
}

const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]", "localhost"]);
const mostUrl = 2_048;
const mostAnswer = 16 * 1024;

/**
 * Sends signed messages to URLs that callers named. Neither the name, nor the address it resolves to, nor the answer is
 * trusted.
 */
export function signedPost(options: SignedPostOptions): SignedPost {
  const { keys, clock, assertOrigin } = options;
  return {
    send: async (address, body, id) => {
      const refused = whyNot(address, assertOrigin);
      if (refused !== null) return answerOf({ detail: refused });
      const text = JSON.stringify(body);
      const known = keysOf(keys);
      if (typeof known === "string") return answerOf({ retryable: true, detail: known });
      try {
        const headers = signedHeaders(id, clock.now(), text, known);
        const { statusCode = 0, headers: answered } = await post(new URL(address), text, headers, options);
        return answerOf({
          delivered: statusCode >= 200 && statusCode < 300,
          status: statusCode,
          retryable: isPassing(statusCode),
          retryAfterMs: retryAfterMs(answered["retry-after"] ?? null, clock.now()),
          detail: `answered ${statusCode}`,
        });
      } catch (thrown) {
        return failed(thrown);
      }
    },
  };
}

/** The keys, or a sentence that names the reference of one that cannot be read. */
function keysOf(read: SignedPostOptions["keys"]): readonly Buffer[] | string {
  try {
    return read();
  } catch (failure) {
    return (failure as Error).message;
  }
}

function answerOf(known: Partial<PostAnswer> & { readonly detail: string }): PostAnswer {
  return { delivered: false, status: null, retryable: false, retryAfterMs: null, ...known };
}

function failed(thrown: unknown): PostAnswer {
  const { code, message } = thrown as { code?: unknown; message: string };
  if (code === "upstream_address_refused") return answerOf({ detail: `its address is not allowed: ${message}` });
  return answerOf({ retryable: true, detail: networkFailure(thrown).message });
}

/** Plain http only to this machine itself, where it is allowed at all. */
function whyNot(text: string, assertOrigin: SignedPostOptions["assertOrigin"]): string | null {
  if (text.length > mostUrl || !URL.canParse(text)) return "it is not a URL";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || url.hash !== "") return "it holds a credential or a fragment";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "only https is posted to";
  try {
    assertOrigin(url.origin);
  } catch (refusal) {
    return `its address is not allowed: ${(refusal as Error).message}`;
  }
  return url.protocol === "https:" || loopback.has(url.hostname) ? null : "only https is posted to";
}

/** Uses Node's client because fetch takes no lookup function; Node's client follows no redirects. */
function post(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  { timeoutMs, lookup }: SignedPostOptions,
): Promise<IncomingMessage> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const request = send(url, {
    method: "POST",
    // No connection is kept: it would skip the check for the next message.
    agent: false,
    lookup,
    signal,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(body),
      "user-agent": "Sallyport",
      ...headers,
    },
  });
  request.on("error", (error) => reject(signal.aborted ? (signal.reason as Error) : error));
  request.on("response", (response) => {
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostAnswer) response.destroy();
    });
    // The body is not used; it is read so that the connection ends in order.
    response.on("close", () => resolve(response));
    response.on("error", () => resolve(response));
  });
  request.end(body);
  return promise;
}
