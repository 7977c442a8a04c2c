import type { Clock } from "../../domain/ports.ts";
import type { ApiAccess, TransmitterSettings } from "../../domain/signal.ts";
import { formType } from "../../lib/media-type.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { type BoundedAnswer, boundedRequest } from "../../net/bounded-request.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** What a transmitter says of itself (SSF 1.0 §7.1), as far as it is used here. */
export interface TransmitterMetadata {
  readonly jwksUri: string | null;
  readonly configurationEndpoint: string | null;
  readonly statusEndpoint: string | null;
  readonly addSubjectEndpoint: string | null;
  readonly verificationEndpoint: string | null;
}

export interface ClientDeps {
  readonly clock: Pick<Clock, "monotonic">;
  /** Read for each request, so that a rotated one counts. @throws Error that names the reference, never the value */
  readonly secret: (reference: string) => string;
}

export interface ApiCall {
  readonly method: "GET" | "POST" | "PATCH";
  readonly url: string;
  readonly body?: JsonObject;
  /** Beside the time limit of the transmitter. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface ApiAnswer extends Omit<BoundedAnswer, "body"> {
  /** undefined when there is none, or it is not JSON. */
  readonly document: JsonValue | undefined;
}

const knownForMs = 3_600_000;
const mostBytes = 4 * 1024 * 1024;

/** Calls one transmitter: its metadata and keys, and the endpoints of its streams. */
export class TransmitterClient {
  readonly #settings: Pick<TransmitterSettings, "issuer" | "api">;
  readonly #deps: ClientDeps;
  readonly #token: AccessToken | null;
  #known: { readonly metadata: TransmitterMetadata; readonly until: number } | null = null;

  constructor(settings: Pick<TransmitterSettings, "issuer" | "api">, deps: ClientDeps) {
    this.#settings = settings;
    this.#deps = deps;
    const { access } = settings.api;
    this.#token = access?.kind === "client" ? new AccessToken(access, (...how) => this.#send(...how), deps) : null;
  }

  /** Looked up when it is an hour old. @throws Error when it cannot be read, or is another issuer's */
  async metadata(): Promise<TransmitterMetadata> {
    const now = this.#deps.clock.monotonic();
    if (this.#known !== null && now < this.#known.until) return this.#known.metadata;
    const { issuer, api } = this.#settings;
    const url = api.metadataUrl ?? metadataUrl(issuer);
    const { status, document } = await this.#send({ method: "GET", url }, {});
    if (status !== 200 || !isJsonObject(document)) throw new Error(`${url} answered ${status}, and no metadata`);
    if (document["issuer"] !== issuer) throw new Error(`${url} is the metadata of another issuer than ${issuer}`);
    this.#known = { metadata: metadataFrom(document), until: now + knownForMs };
    return this.#known.metadata;
  }

  /** The key set that its metadata names. @throws Error */
  async keys(): Promise<JsonObject> {
    const { jwksUri } = await this.metadata();
    if (jwksUri === null) throw new Error("the transmitter's metadata names no key set; name one under jwks");
    const { status, document } = await this.#send({ method: "GET", url: jwksUri }, {});
    if (status === 200 && isJsonObject(document)) return document;
    throw new Error(`${jwksUri} answered ${status}, and no key set`);
  }

  /** Calls an endpoint with the credential of the configuration; a token that is refused is got anew, once. @throws Error */
  async call(call: ApiCall): Promise<ApiAnswer> {
    const answer = await this.#send(call, await this.#authorization());
    if (answer.status !== 401 || this.#token === null) return answer;
    this.#token.forget();
    return this.#send(call, await this.#authorization());
  }

  async #authorization(): Promise<Record<string, string>> {
    const { access } = this.#settings.api;
    if (access === null) return {};
    if (access.kind === "header") return { authorization: this.#deps.secret(access.reference) };
    return { authorization: `Bearer ${await this.#token?.get()}` };
  }

  async #send(call: ApiCall, headers: Readonly<Record<string, string>>, form?: string): Promise<ApiAnswer> {
    const { timeoutMs, ...rules } = this.#settings.api;
    const limit = AbortSignal.timeout(call.timeoutMs ?? timeoutMs);
    const json: Record<string, string> = call.body === undefined ? {} : { "content-type": "application/json" };
    const {
      status,
      headers: answered,
      body,
    } = await boundedRequest(
      {
        method: call.method,
        url: call.url,
        headers: { ...json, ...headers },
        body: form ?? (call.body === undefined ? null : JSON.stringify(call.body)),
        signal: call.signal === undefined ? limit : AbortSignal.any([limit, call.signal]),
        maxBytes: mostBytes,
      },
      rules,
    );
    return { status, headers: answered, document: jsonOf(body) };
  }
}

function jsonOf(body: Buffer): JsonValue | undefined {
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(body)) as JsonValue;
  } catch {
    return undefined;
  }
}

/** SSF 1.0 §7.2: between host and path. */
export function metadataUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/ssf-configuration${pathname.replace(/\/$/, "")}`;
}

function metadataFrom(document: JsonObject): TransmitterMetadata {
  const text = (name: string): string | null => {
    const value = document[name];
    return typeof value === "string" && value !== "" ? value : null;
  };
  return {
    jwksUri: text("jwks_uri"),
    configurationEndpoint: text("configuration_endpoint"),
    statusEndpoint: text("status_endpoint"),
    addSubjectEndpoint: text("add_subject_endpoint"),
    verificationEndpoint: text("verification_endpoint"),
  };
}

type SendForm = (call: ApiCall, headers: Readonly<Record<string, string>>, form: string) => Promise<ApiAnswer>;

const defaultLifetimeS = 60;

/** An access token by client credentials (RFC 6749 §4.4), used until shortly before it ends. */
class AccessToken {
  readonly #access: ApiAccess & { readonly kind: "client" };
  readonly #send: SendForm;
  readonly #deps: ClientDeps;
  #known: { readonly token: string; readonly until: number } | null = null;

  constructor(access: ApiAccess & { readonly kind: "client" }, send: SendForm, deps: ClientDeps) {
    this.#access = access;
    this.#send = send;
    this.#deps = deps;
  }

  forget(): void {
    this.#known = null;
  }

  async get(): Promise<string> {
    const now = this.#deps.clock.monotonic();
    if (this.#known !== null && now < this.#known.until) return this.#known.token;
    const { tokenEndpoint, clientId, secretReference, scope } = this.#access;
    const form = new URLSearchParams({ grant_type: "client_credentials", ...(scope === null ? {} : { scope }) });
    const pair = [clientId, this.#deps.secret(secretReference)].map(formEncoded).join(":");
    const headers = {
      "content-type": formType,
      authorization: `Basic ${Buffer.from(pair).toString("base64")}`,
    };
    const { status, document } = await this.#send({ method: "POST", url: tokenEndpoint }, headers, form.toString());
    const { access_token: token, expires_in: lifetime } = isJsonObject(document) ? document : {};
    if (status !== 200 || typeof token !== "string")
      throw new Error(`${tokenEndpoint} answered ${status}, and no token`);
    const seconds = typeof lifetime === "number" && lifetime > 0 ? lifetime : defaultLifetimeS;
    this.#known = { token, until: now + seconds * 900 };
    return token;
  }
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined. */
function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
