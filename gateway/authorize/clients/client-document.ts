import { FairShare } from "../../domain/fair-share.ts";
import type { Clock, Logger } from "../../domain/ports.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { redirectProblem } from "../../lib/redirect-uri.ts";
import type { CheckedFetch } from "../../net/checked-fetch.ts";
import { OauthError } from "../oauth-error.ts";
import { HourlyRate } from "../rate.ts";
import { claimedName, type KnownClient } from "./known-client.ts";
import { parseJson } from "../../lib/parse-json.ts";

const bounds = { capacity: 1_000, perAsker: 100 };
/** How long a document is used, whatever its headers say, and a failure is remembered. */
const [leastMs, mostMs, failedMs] = [60_000, 24 * 3_600_000, 30_000];
/** Fetches that requests from one address may cause. */
const perHour = 120;
const mostRedirects = 20;

interface DocumentDeps {
  readonly fetch: CheckedFetch;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Whether a client id is the URL of a metadata document (draft-ietf-oauth-client-id-metadata-document §3). */
export function isDocumentUrl(id: string): boolean {
  if (!/^https:\/\/[\x21-\x7e]+$/.test(id) || id.length > 500 || !URL.canParse(id)) return false;
  const { pathname, hash, username, password, href } = new URL(id);
  // One spelling: what is fetched is what is compared, cached and shown.
  return href === id && pathname !== "/" && hash === "" && !id.includes("#") && username === "" && password === "";
}

/** Clients by the document at their id, fetched when they come and kept as their headers say, within bounds. */
export class ClientDocuments {
  readonly #deps: DocumentDeps;
  readonly #kept: FairShare<Promise<KnownClient>>;
  readonly #rate: HourlyRate;

  constructor(deps: DocumentDeps) {
    this.#deps = deps;
    this.#kept = new FairShare({ ...bounds, clock: deps.clock, full: "forget" });
    this.#rate = new HourlyRate(perHour, deps.clock);
  }

  /** @throws OauthError invalid_client with what is wrong with the document */
  get(id: string, asker: string): Promise<KnownClient> {
    const known = this.#kept.get(id);
    if (known !== undefined) return known;
    if (!this.#rate.take(asker)) {
      const text = "too many client documents were fetched for this address; try again in an hour";
      return Promise.reject(new OauthError("temporarily_unavailable", text, { status: 429, retryAfterS: 3_600 }));
    }
    const found = this.#fetch(id);
    const client = found.then((one) => one.client);
    // While it is fetched, others wait for the same answer.
    this.#kept.set(asker, id, client, leastMs);
    void found.then(
      ({ keepMs }) => this.#kept.set(asker, id, client, keepMs),
      () => this.#kept.set(asker, id, client, failedMs),
    );
    return client;
  }

  async #fetch(id: string): Promise<{ readonly client: KnownClient; readonly keepMs: number }> {
    const answer = await this.#deps.fetch(id, { headers: { accept: "application/json" } }).catch((failure: unknown) => {
      this.#deps.logger.warn("authorize: a client's document cannot be fetched", {
        client: id,
        error: String(failure),
      });
      throw invalid("it cannot be fetched", failure);
    });
    if (answer.status !== 200) throw invalid(`its server answers ${answer.status}`);
    const type = answer.headers.get("content-type") ?? "";
    if (!/^application\/(?:[a-z0-9.-]+\+)?json *(?:;|$)/i.test(type)) throw invalid("it is not JSON");
    const client = readDocument(id, await answer.text());
    return { client, keepMs: keptMs(answer.headers.get("cache-control") ?? "") };
  }
}

function keptMs(cacheControl: string): number {
  if (/(?:^|[ ,])no-(?:store|cache)/i.test(cacheControl)) return leastMs;
  const seconds = /(?:^|[ ,])max-age=(\d{1,9})/i.exec(cacheControl)?.[1];
  return Math.min(Math.max(Number(seconds ?? 0) * 1_000, leastMs), mostMs);
}

function readDocument(id: string, text: string): KnownClient {
  const document = objectIn(text);
  if (document["client_id"] !== id) throw invalid("its client_id is another");
  const method = document["token_endpoint_auth_method"] ?? "none";
  if (method !== "none" || document["client_secret"] !== undefined)
    throw invalid("it asks for a client that proves itself by a secret or a key; public clients alone are taken");
  const uris = document["redirect_uris"];
  if (!Array.isArray(uris) || uris.length === 0 || uris.length > mostRedirects)
    throw invalid(`it needs 1 to ${mostRedirects} redirect_uris`);
  for (const uri of uris) {
    const problem = typeof uri === "string" ? redirectProblem(uri) : "expected a text";
    if (problem !== null) throw invalid(`one of its redirect_uris ${problem}`);
  }
  const grants = document["grant_types"];
  return {
    id,
    kind: "document",
    redirectUris: uris as string[],
    secretReference: null,
    name: claimedName(document["client_name"]) ?? new URL(id).host,
    refreshes: !Array.isArray(grants) || grants.includes("refresh_token"),
  };
}

function objectIn(text: string): JsonObject {
  try {
    const value: unknown = parseJson(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Told below.
  }
  throw invalid("it is no JSON object");
}

function invalid(what: string, cause?: unknown): OauthError {
  return new OauthError("invalid_client", `the client's metadata document is refused: ${what}`, { cause });
}
