import { STATUS_CODES } from "node:http";
import type { ServedBundle } from "../domain/bundle-service.ts";
import { UnusableAnswer } from "../net/checked-fetch.ts";
import { networkFailure } from "../net/post-json.ts";
import { NotSent, type ServiceFetch, type Services } from "./services/services.ts";

/** No download takes longer, however steadily it comes. */
export const longestMs = 600_000;
/** The type that a server has to give its bundles so that it is asked to wait for news. */
const longPollType = "application/vnd.openpolicyagent.bundles";

/** What a bundle service answered. */
export type ServiceAnswer =
  | {
      readonly kind: "bundle";
      readonly bytes: Buffer;
      readonly etag: string | null;
      /** Whether it waits for news when it is asked to. */
      readonly waits: boolean;
    }
  | { readonly kind: "unchanged" };

/** Nothing usable was answered. The message holds no secret. */
export class DownloadFailure extends Error {
  override readonly name = "DownloadFailure";
  /** Null when there was no answer, or its body did not arrive. */
  readonly httpStatus: number | null;

  constructor(message: string, httpStatus: number | null = null, cause?: unknown) {
    super(message, { cause });
    this.httpStatus = httpStatus;
  }
}

/** Requests of OPA's bundle service API for one bundle. Redirects are not followed. */
export class BundleRequest {
  readonly #bundle: ServedBundle;
  readonly #modes: string;
  readonly #fetch: ServiceFetch;

  /** `modes`: kinds of bundles to ask for. */
  constructor(bundle: ServedBundle, services: Pick<Services, "open">, modes: "snapshot" | "snapshot,delta") {
    const { service, polling, maxBytes } = bundle;
    this.#bundle = bundle;
    this.#modes = modes;
    const timeoutMs = (polling.waitS ?? 0) * 1_000 + service.headerTimeoutMs + longestMs;
    this.#fetch = services.open(service, { timeoutMs, maxBytes });
  }

  /** `etag`: of the active bundle. `waitS`: how long the server may wait for news. @throws DownloadFailure */
  async send(etag: string | null, waitS: number | null, signal: AbortSignal): Promise<ServiceAnswer> {
    const { service, resource } = this.#bundle;
    const bodyMs = service.headerTimeoutMs;
    const pauses = { headMs: bodyMs + (waitS ?? 0) * 1_000, bodyMs };
    const answer = await this.#fetch(`${service.url}/${resource}`, {
      headers: this.#headers(etag, waitS),
      pauses,
      signal,
    }).catch((failure: unknown) => {
      throw new DownloadFailure(notAnswered(failure), null, failure);
    });
    if (answer.status === 304 && etag === null)
      throw new DownloadFailure("the server answered 304 to a request without If-None-Match", 304);
    if (answer.status === 304) return { kind: "unchanged" };
    if (answer.status !== 200) throw new DownloadFailure(refusal(answer.status), answer.status);
    return {
      kind: "bundle",
      bytes: Buffer.from(await answer.arrayBuffer()),
      etag: answer.headers.get("etag"),
      waits: answer.headers.get("content-type") === longPollType,
    };
  }

  #headers(etag: string | null, waitS: number | null): Record<string, string> {
    return {
      ...(etag !== null && { "if-none-match": etag }),
      prefer: `modes=${this.#modes}${waitS === null ? "" : `;wait=${waitS}`}`,
    };
  }
}

/** What is missing, and an answer beyond its limits, have messages of their own; those of the system may hold the address. */
export function notAnswered(failure: unknown): string {
  const isOwn = failure instanceof UnusableAnswer || failure instanceof NotSent;
  return isOwn ? failure.message : `the server ${networkFailure(failure).message}`;
}

function refusal(status: number): string {
  const redirect = status >= 300 && status < 400 ? "; redirects are not followed: name the place that it leads to" : "";
  return `the server answered ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd() + redirect;
}
