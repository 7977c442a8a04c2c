import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import type { CallbackSettings } from "../../domain/channel.ts";
import type { CallbackAnswer, CallbackSender, Clock } from "../../domain/ports.ts";
import { isPassing, networkFailure, retryAfterMs } from "./answers.ts";
import { signedHeaders } from "./signature.ts";

export interface CallbackOptions {
  readonly settings: CallbackSettings;
  readonly secret: (reference: string) => string;
  readonly clock: Clock;
  /** Gives allowed addresses only, and the socket connects to the very one that was checked. */
  readonly lookup: LookupFunction;
  /** Sockets look up names only. @throws when the origin is an address of a class that is not allowed */
  readonly assertOrigin: (origin: string) => void;
}

const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]", "localhost"]);
const mostUrl = 2_048;
const mostAnswer = 16 * 1024;

/** Where these go was named by a caller, so nothing about it is trusted: neither the name, nor where it leads, nor the answer. */
export function callbackSender(options: CallbackOptions): CallbackSender {
  const { settings, secret, clock } = options;
  return {
    whyNot: (url) => whyNot(url, options),
    send: async (url, body, id) => {
      const refused = whyNot(url, options);
      if (refused !== null) return answerOf({ detail: refused });
      const text = JSON.stringify(body);
      try {
        const headers = signedHeaders(id, clock.now(), text, settings.secrets.map(secret));
        const { statusCode = 0, headers: answered } = await post(new URL(url), text, headers, options);
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

function answerOf(known: Partial<CallbackAnswer> & { readonly detail: string }): CallbackAnswer {
  return { delivered: false, status: null, retryable: false, retryAfterMs: null, ...known };
}

function failed(thrown: unknown): CallbackAnswer {
  const refused = (thrown as { code?: unknown }).code === "upstream_address_refused";
  if (refused) return answerOf({ detail: "the name leads to an address that is not called back" });
  return answerOf({ retryable: true, detail: networkFailure(thrown).message });
}

function whyNot(text: string, { settings, assertOrigin }: CallbackOptions): string | null {
  if (text.length > mostUrl || !URL.canParse(text)) return "it is not a URL";
  const url = new URL(text);
  const here = settings.allowLoopback && loopback.has(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && here)) return "only https is called back";
  if (url.username !== "" || url.password !== "" || url.hash !== "") return "it holds a credential or a fragment";
  try {
    assertOrigin(url.origin);
    return null;
  } catch {
    return "it is an address that is not called back";
  }
}

/** With the lookup of our own, which fetch has no place for; Node's client follows nothing by itself. */
function post(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  { settings, lookup }: CallbackOptions,
): Promise<IncomingMessage> {
  const signal = AbortSignal.timeout(settings.timeoutMs);
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
    // What it says beside its status is nobody's concern; it is read so that the connection ends in order.
    response.on("close", () => resolve(response));
    response.on("error", () => resolve(response));
  });
  request.end(body);
  return promise;
}
