import type { Clock } from "../domain/ports.ts";
const maxBytes = 64 * 1024;

/**
 * POSTs JSON text to an address of the configuration and reads a bounded answer. Redirects are not followed: they would
 * send message and credential to an address that is not configured.
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

/** The receiver did not accept the message. */
export class DeliveryFailure extends Error {
  override readonly name = "DeliveryFailure";
  /** Worth another attempt. */
  readonly retryable: boolean;
  /** How long the receiver wants no further attempt (Retry-After), in milliseconds. */
  readonly retryAfterMs: number | null;

  constructor(message: string, how: { readonly retryable: boolean; readonly retryAfterMs?: number | null }) {
    super(message);
    this.retryable = how.retryable;
    this.retryAfterMs = how.retryAfterMs ?? null;
  }
}

/** Statuses after which the same message may still be accepted; a refused credential is often repaired within minutes. */
const passing: ReadonlySet<number> = new Set([401, 403, 408, 425, 429]);

/** @throws DeliveryFailure unless the status is a success */
export function assertTaken(status: number, text: string, retryAfter: string | null, now: number): void {
  if (status >= 200 && status < 300) return;
  const redirect = status >= 300 && status < 400 ? "; redirects are not followed" : "";
  throw new DeliveryFailure(`answered ${status}${redirect}${text.trim() === "" ? "" : `: ${text}`}`, {
    retryable: isPassing(status),
    retryAfterMs: status === 429 || status === 503 ? retryAfterMs(retryAfter, now) : null,
  });
}

export function isPassing(status: number): boolean {
  return status >= 500 || passing.has(status);
}

const longest = 3_600_000;

/** RFC 9110 §10.2.3: seconds or a date; null when it is neither. Never longer than an hour. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null;
  const wait = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? null : Math.min(Math.max(wait, 0), longest);
}

interface Thrown {
  readonly name?: string;
  readonly code?: unknown;
  readonly cause?: { readonly name?: string; readonly code?: unknown };
}

/** A network failure, described by its code alone: the messages of such errors may contain the address. */
export function networkFailure(thrown: unknown): DeliveryFailure {
  if (thrown instanceof DeliveryFailure) return thrown;
  const { name, code, cause } = thrown as Thrown;
  if (name === "TimeoutError" || cause?.name === "TimeoutError")
    return new DeliveryFailure("did not answer in time", { retryable: true });
  const known = [code, cause?.code].find((one) => typeof one === "string");
  return new DeliveryFailure(`could not be reached (${known ?? name ?? "unknown error"})`, { retryable: true });
}

/** Reads a whole answer within a limit, so that an endless one cannot fill the memory. @throws Error when it is larger */
export async function boundedAnswer(response: Response, maxBytes: number, what: string): Promise<Buffer> {
  const { bytes, complete } = await readUpTo(response, maxBytes);
  if (!complete) throw new Error(`${what} is larger than ${maxBytes} bytes`);
  return bytes;
}

/** Reads the first `maxBytes` of an answer, in whole chunks, and cancels the rest. */
export async function readUpTo(
  { body }: Response,
  maxBytes: number,
): Promise<{ readonly bytes: Buffer; readonly complete: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) return { bytes: Buffer.concat(chunks), complete: false };
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), complete: true };
}
