import { STATUS_CODES } from "node:http";
import { isLoopback } from "../../net/addresses.ts";
import { isJsonObject } from "../../lib/json.ts";
import { DownloadFailure } from "../bundle-request.ts";
import type { ServiceFetch, ServiceInit } from "../services/services.ts";

const mostRedirects = 3;

interface Ask extends Pick<ServiceInit, "pauses" | "signal" | "headers"> {
  readonly method?: "GET" | "HEAD";
  /** Whether redirects are followed. */
  readonly mayMove: boolean;
}

/**
 * Requests to a registry, with a token as its challenge asks for one (https://distribution.github.io/distribution/spec/auth/token/). The
 * credential of the service is shown to the registry and where it says that tokens are given, as OPA does it.
 */
export class Registry {
  readonly #fetch: ServiceFetch;
  #token: string | null = null;

  constructor(fetch: ServiceFetch) {
    this.#fetch = fetch;
  }

  /** @throws DownloadFailure that says what the registry answered, else as `ServiceFetch` */
  async ask(url: string, ask: Ask): Promise<Response> {
    const first = await this.#send(url, ask);
    if (first.status !== 401) return this.#answered(first, url, ask);
    const challenge = first.headers.get("www-authenticate") ?? "";
    this.#token = await this.#tokenFor(challenge, url, ask);
    return this.#answered(await this.#send(url, ask), url, ask);
  }

  #send(url: string, { method = "GET", mayMove: _mayMove, ...ask }: Ask): Promise<Response> {
    return this.#fetch(url, {
      method,
      ...ask,
      ...(this.#token !== null && { authorization: `Bearer ${this.#token}` }),
    });
  }

  async #answered(answer: Response, url: string, { headers: _headers, mayMove, ...ask }: Ask): Promise<Response> {
    let [last, place] = [answer, url];
    for (let left = mayMove ? mostRedirects : 0; last.status >= 300 && last.status < 400 && left > 0; left -= 1) {
      place = elsewhere(last.headers.get("location"), place, url);
      last = await this.#fetch(place, { method: "GET", ...ask, authorization: null });
    }
    if (last.status === 200) return last;
    const where = new URL(url).pathname;
    throw new DownloadFailure(
      `the registry answered ${last.status} ${STATUS_CODES[last.status] ?? ""}`.trimEnd() + ` to ${where}`,
    );
  }

  async #tokenFor(challenge: string, url: string, { signal }: Ask): Promise<string> {
    const { realm, ...parameters } = parametersOf(challenge);
    if (realm === undefined)
      throw new DownloadFailure("the registry answered 401 Unauthorized and names no place that gives tokens");
    const place = new URL(elsewhere(realm, url, url));
    for (const name of ["service", "scope"])
      if (parameters[name] !== undefined) place.searchParams.append(name, parameters[name]);
    const answer = await this.#fetch(place.href, { method: "GET", ...(signal !== undefined && { signal }) });
    if (answer.status !== 200)
      throw new DownloadFailure(`the place that gives tokens for the registry answered ${answer.status}`);
    const given: unknown = await answer.json().catch(() => null);
    const { token, access_token: other } = isJsonObject(given) ? given : {};
    const found = token ?? other;
    // It becomes the value of a header.
    if (typeof found !== "string" || !/^[\x21-\x7e]+$/.test(found))
      throw new DownloadFailure("the place that gives tokens for the registry gave none");
    return found;
  }
}

/**
 * `registry`: its own address. What is not https stays on this machine, where the registry is too: another one has no business with what runs
 * here. @throws DownloadFailure for a place where others could read along
 */
function elsewhere(location: string | null, from: string, registry: string): string {
  const place = URL.parse(location ?? "", from);
  if (place === null || location === null)
    throw new DownloadFailure("the registry sends elsewhere and does not say where to");
  const isNear = [place.hostname, new URL(registry).hostname].every(isLoopback);
  if (place.protocol !== "https:" && !(place.protocol === "http:" && isNear))
    throw new DownloadFailure(
      `the registry sends to ${place.protocol}//${place.host}, and others could read along; only https is followed`,
    );
  return place.href;
}

/** Of `Bearer realm="…",service="…",scope="…"` (RFC 6750 §3). */
function parametersOf(challenge: string): Partial<Record<string, string>> & { readonly realm?: string } {
  if (!/^bearer /i.test(challenge)) return {};
  return Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}
