import { createHmac } from "node:crypto";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import type { Clock, Ids, Logger } from "../domain/ports.ts";
import type { CallbackSender } from "./callbacks.ts";

export interface CallbackSenderOptions {
  /** Read for each delivery, so that a rotated one counts. */
  readonly secret: () => string;
  /** Resolves names and refuses addresses; the socket connects to the very address that was looked at. */
  readonly lookup: LookupFunction;
  /** Sockets look up names only. @throws for an address that is written in the URL and not allowed */
  readonly assertOrigin: (origin: string) => void;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** Milliseconds before each attempt. Whoever misses all of them finds out by looking at the task. */
const attempts = [0, 5_000, 30_000, 120_000];

/** Signed as Standard Webhooks wants it (https://www.standardwebhooks.com), by HTTP clients that follow no redirect. */
export function callbackSender(options: CallbackSenderOptions): CallbackSender {
  const { ids, logger } = options;
  function attempt(url: string, message: { readonly id: string; readonly text: string }, index: number): void {
    const pause = attempts[index];
    if (pause === undefined) return logger.warn("a callback was given up", { url, message: message.id });
    setTimeout(() => {
      deliver(options, url, message).catch((failure: unknown) => {
        logger.info("a callback was not delivered", { url, message: message.id, error: String(failure) });
        attempt(url, message, index + 1);
      });
    }, pause).unref();
  }
  return { send: (url, body) => attempt(url, { id: ids.make("n"), text: JSON.stringify(body) }, 0) };
}

async function deliver(
  { secret, lookup, assertOrigin, timeoutMs, clock }: CallbackSenderOptions,
  url: string,
  { id, text }: { readonly id: string; readonly text: string },
): Promise<void> {
  const { origin, protocol } = new URL(url);
  assertOrigin(origin);
  const timestamp = String(Math.floor(clock.now() / 1_000));
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    "User-Agent": "sallyport",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature(secret(), `${id}.${timestamp}.${text}`)}`,
  };
  const send = protocol === "https:" ? requestHttps : requestHttp;
  const signal = AbortSignal.timeout(timeoutMs);
  await new Promise<void>((resolve, reject) => {
    const request = send(url, { method: "POST", headers, lookup, signal, agent: false }, (response) => {
      // An answer that breaks off is an event of its own, and nobody else listens for it.
      response.once("error", reject).resume();
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) resolve();
      else reject(new Error(`answered ${statusCode}`));
    });
    request.once("error", reject);
    request.end(text);
  });
}

/** The base64 after `whsec_` is the key; any other text is one itself. */
function signature(secret: string, content: string): string {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
  return createHmac("sha256", key).update(content).digest("base64");
}
