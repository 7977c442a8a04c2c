import { gzip } from "node:zlib";
import { promisify } from "node:util";
import type { Clock } from "../../domain/ports.ts";
import type { ClientTls, OpaTarget, OtlpTarget } from "../../domain/shipping.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { checkedFetch, type CheckedFetch } from "../../net/checked-fetch.ts";
import { assertTaken } from "../../net/post-json.ts";
import type { AddressClass } from "../../domain/route.ts";

export interface ReceiverDeps {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** The secret behind a reference, read for each request, so that a rotated one counts. @throws Error that names the reference */
  readonly secret: (reference: string) => string;
}

export interface Reply {
  readonly status: number;
  /** On one line, at most 200 characters, to be shown. */
  readonly shown: string;
  readonly text: string;
  readonly retryAfter: string | null;
}

const answerBytes = 65_536;

export const zipped = promisify(gzip);

export function receiverFetch(
  { tls, addresses }: { readonly tls: ClientTls; readonly addresses: ReadonlySet<AddressClass> },
  timeoutMs: number,
): CheckedFetch {
  return checkedFetch({ addresses, caFile: tls.caFile, client: tls.client, timeoutMs, maxBytes: answerBytes });
}

/** @returns what posts gzip JSON to a receiver, whatever its answer is */
export function poster(
  target: OpaTarget | OtlpTarget,
  { timeoutMs, secret }: ReceiverDeps,
): (body: Buffer, signal: AbortSignal) => Promise<Reply> {
  const fetch = receiverFetch(target, timeoutMs);
  const { url, token } = target;
  return async function post(body, signal) {
    const headers = {
      "content-type": "application/json",
      "content-encoding": "gzip",
      ...(token !== null && { authorization: `${token.scheme} ${secret(token.reference)}` }),
    };
    return replyOf(await fetch(url, { method: "POST", headers, body, signal }));
  };
}

export async function replyOf(answer: Response): Promise<Reply> {
  const text = await answer.text();
  const shown = escapeControls(text.replace(/\s+/g, " ").trim()).slice(0, 200);
  return { status: answer.status, shown, text, retryAfter: answer.headers.get("retry-after") };
}

/** @throws DeliveryFailure unless the status is a success */
export function assertDelivered({ status, shown, retryAfter }: Reply, clock: Clock): void {
  assertTaken(status, shown, retryAfter, clock.now());
}
