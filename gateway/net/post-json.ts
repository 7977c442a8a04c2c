import type { Clock } from "../domain/ports.ts";
import { readUpTo } from "./bounded-answer.ts";
import { assertTaken, networkFailure } from "./delivery-answers.ts";

const maxBytes = 64 * 1024;

/**
 * POSTs JSON text to an address of the configuration and reads a bounded answer. Nothing is followed: a redirect would
 * take message and credential to a place that nobody configured.
 * @throws DeliveryFailure
 */
export async function postJson(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  { signal, clock }: { readonly signal: AbortSignal; readonly clock: Clock },
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8", "user-agent": "Sallyport", ...headers },
      body,
      // "error" would hide which status it was; with "manual" it is an answer like any other that is no success.
      redirect: "manual",
      signal,
    });
    const text = (await readUpTo(response, maxBytes)).bytes.toString("utf8");
    assertTaken(response.status, text, response.headers.get("retry-after"), clock.now());
    return { status: response.status, text };
  } catch (thrown) {
    throw networkFailure(thrown);
  }
}
