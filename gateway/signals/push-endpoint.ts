import { hash, timingSafeEqual } from "node:crypto";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { OwnTextRequest } from "../domain/route.ts";
import type { PushSettings } from "../domain/signal.ts";
import { writeJson } from "../lib/json-answer.ts";
import { setError } from "./set/set-error.ts";
import type { SetReceiver } from "./set/set-receiver.ts";

/** A stream that is pushed to this gateway. */
export interface PushedStream {
  readonly settings: Pick<PushSettings, "authorizationReference">;
  readonly receiver: Pick<SetReceiver, "receive" | "refused">;
}

export interface PushEndpointDeps {
  /** By the id of the transmitter. */
  readonly streams: ReadonlyMap<string, PushedStream>;
  /** Must be called in the tick of the server's `request` event. @throws Refusal */
  readonly read: (exchange: Exchange) => Promise<OwnTextRequest>;
  /** Read for each request, so that a rotated one counts. @throws Error that names the reference, never the value */
  readonly secret: (reference: string) => string;
}

/** POST /signals/{id}: a SET that a transmitter pushes (RFC 8935). Answered when what it asks for is done. Never rejects. */
export function pushEndpoint(deps: PushEndpointDeps): (exchange: Exchange) => Promise<void> {
  return async function answer(exchange) {
    try {
      const request = await deps.read(exchange);
      const { settings, receiver } = streamAt(request.path, deps);
      if (!isAgreed(request.header("authorization"), deps.secret(settings.authorizationReference))) {
        const refusal = new Refusal("signal_unauthenticated", { headers: { "WWW-Authenticate": "Bearer" } });
        receiver.refused(refusal, "push");
        throw refusal;
      }
      await receiver.receive(request.text, "push");
      exchange.res.writeHead(202, { "Cache-Control": "no-store", "Content-Length": 0 }).end();
    } catch (thrown) {
      refuse(exchange, asRefusal(thrown));
    }
  };
}

/** @throws Refusal signal_transmitter_unknown */
function streamAt(path: string, { streams }: PushEndpointDeps): PushedStream {
  const id = /^\/signals\/([^/]+)$/.exec(path)?.[1];
  const stream = id === undefined ? undefined : streams.get(id);
  if (stream === undefined) throw new Refusal("signal_transmitter_unknown");
  return stream;
}

/** Digests first: timingSafeEqual wants equal lengths. */
function isAgreed(sent: string | null, agreed: string): boolean {
  if (sent === null) return false;
  return timingSafeEqual(hash("sha256", sent, "buffer"), hash("sha256", agreed, "buffer"));
}

function refuse({ res }: Exchange, refusal: Refusal): void {
  if (res.headersSent || res.destroyed) return;
  const headers = { ...refusal.headers, "Content-Language": "en" };
  writeJson(res, { status: refusal.status, headers, body: setError(refusal) });
}
