import { gzip } from "node:zlib";
import { promisify } from "node:util";
import type { Clock } from "../../domain/ports.ts";
import type { ClientTls, HttpTarget } from "../../domain/shipping.ts";
import { type JsonObject, objectIn } from "../../lib/json.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { checkedFetch, type CheckedFetch } from "../../net/checked-fetch.ts";
import { assertTaken } from "../../net/post-json.ts";
import type { AddressClass } from "../../domain/route.ts";
import { reductions } from "../formats/reduced.ts";

export interface ReceiverDeps {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** The secret behind a reference, read for each request, so that a rotated one counts. @throws Error that names the reference */
  readonly secret: (reference: string) => string;
}

export interface Reply {
  readonly status: number;
  /** On one line, at most 200 characters, to be shown: none of the request's secrets is in it. */
  readonly shown: string;
  readonly text: string;
  readonly retryAfter: string | null;
}

const answerBytes = 65_536;

/** The OpenTelemetry Collector, as other receivers in Go, answers 400 with this text of net/http in the place of 413. */
export function isTooLarge({ status, text }: Reply): boolean {
  return status === 413 || (status === 400 && text.includes("http: request body too large"));
}

/** Of what a receiver of OTLP takes, how many it rejects (`partialSuccess`): a 64-bit number, which JSON may have as text. */
export function rejectedIn({ text }: Pick<Reply, "text">, member: "rejectedLogRecords" | "rejectedSpans"): number {
  const { partialSuccess } = (objectIn(text) ?? {}) as { partialSuccess?: Record<string, unknown> };
  const rejected = Number(partialSuccess?.[member] ?? 0);
  return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0;
}

export const zipped = promisify(gzip);

export function receiverFetch(
  { tls, addresses }: { readonly tls: ClientTls; readonly addresses: ReadonlySet<AddressClass> },
  timeoutMs: number,
): CheckedFetch {
  return checkedFetch({ addresses, caFile: tls.caFile, client: tls.client, timeoutMs, maxBytes: answerBytes });
}

/** @returns what posts gzip JSON to a receiver, whatever its answer is */
export function poster(
  target: HttpTarget,
  { timeoutMs, secret }: ReceiverDeps,
): (body: Buffer, signal: AbortSignal) => Promise<Reply> {
  const fetch = receiverFetch(target, timeoutMs);
  const { url, token } = target;
  return async function post(body, signal) {
    const value = token === null ? null : secret(token.reference);
    const headers = {
      "content-type": "application/json",
      "content-encoding": "gzip",
      ...(token !== null && { authorization: `${token.scheme} ${value}` }),
    };
    const answer = await fetch(url, { method: "POST", headers, body, signal });
    return replyOf(answer, (text) => withoutSecret(text, value));
  };
}

/** Sends less and less of a record that is too large. @returns the answer that says something else, or the last one */
export async function firstTaken(record: JsonObject, send: (less: JsonObject) => Promise<Reply>): Promise<Reply> {
  let reply: Reply | null = null;
  for (const reduce of reductions) {
    reply = await send(reduce(record));
    if (!isTooLarge(reply)) break;
  }
  return reply as Reply;
}

/** `shownOf`: what of an answer may be shown. */
export async function replyOf(answer: Response, shownOf: (text: string) => string): Promise<Reply> {
  const text = await answer.text();
  const shown = escapeControls(shownOf(text).replace(/\s+/g, " ").trim()).slice(0, 200);
  return { status: answer.status, shown, text, retryAfter: answer.headers.get("retry-after") };
}

/** Also as text of JSON, of a URL or of HTML, as receivers repeat what they were given. */
function withoutSecret(text: string, secret: string | null): string {
  if (secret === null || secret === "") return text;
  const forms = new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), ofHtml(secret)]);
  return [...forms].reduce((shown, form) => shown.replaceAll(form, "[secret]"), text);
}

const ofHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** @throws DeliveryFailure unless the status is a success */
export function assertDelivered({ status, shown, retryAfter }: Reply, clock: Clock): void {
  assertTaken(status, shown, retryAfter, clock.now());
}
