import * as client from "openid-client";
import { CredentialFailure } from "../../domain/credential.ts";
import type { OauthClient } from "../../domain/oauth-credential.ts";
import { checkedFetch } from "../../net/checked-fetch.ts";
import { KeptValues } from "../kept.ts";
import { oauthFailure } from "./failure.ts";
import type { OauthDeps } from "./server.ts";

/** How long its metadata, and the secret that is sent to it, are used before both are read again. */
const knownForMs = 60 * 60_000;
const maxBytes = 256 * 1024;
/** Of assertions that the gateway signs for one request. */
const assertionS = 60;

/** What a server says of the life of a token is believed up to this: a date must come of it. */
const longestLifetimeS = 366 * 86_400;

/** RFC 6749 §5.1 `expires_in`, in seconds; null where the server does not say. */
export function saidLifetimeS({ expires_in }: Pick<client.TokenEndpointResponse, "expires_in">): number | null {
  return expires_in === undefined ? null : Math.min(expires_in, longestLifetimeS);
}

const jwtAssertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** What an assertion says beside whom it is for and when. */
export interface AssertedClaims {
  readonly sub: string;
  readonly iss?: string;
  readonly act?: object;
  readonly scope?: string;
}

/** What is known of one authorization server, how the gateway proves itself there, and the way to it. */
export class ServerConfiguration {
  readonly #client: OauthClient;
  readonly #deps: OauthDeps;
  readonly #known: KeptValues<client.Configuration>;

  constructor(settings: OauthClient, deps: OauthDeps) {
    this.#client = settings;
    this.#deps = deps;
    this.#known = new KeptValues({ clock: deps.clock, capacity: 1 });
  }

  /** What is known, or a new look-up. @throws what the library throws, CredentialFailure */
  get(): Promise<client.Configuration> {
    return this.#known.get("", async () => ({ value: await this.#configured(), forMs: knownForMs }));
  }

  /** With what is known of the server. @throws CredentialFailure */
  async ask<T>(work: (known: client.Configuration) => Promise<T>): Promise<T> {
    try {
      return await work(await this.get());
    } catch (thrown) {
      const failure = oauthFailure(this.#client.issuer, thrown);
      // A changed secret or endpoint is found out by another look-up.
      if (failure.kind !== "refused") this.#known.forget("");
      throw failure;
    }
  }

  /** An assertion by the gateway's own key for this server (RFC 7523 §3). @throws CredentialFailure */
  assertion(claims: AssertedClaims): string {
    const { keys, ids, clock, issuer } = this.#deps;
    const iss = issuer();
    if (iss === null) throw new CredentialFailure("misconfigured", "the gateway's own address is not known yet");
    const iat = Math.floor(clock.now() / 1_000);
    const aud = this.#client.issuer;
    return keys.sign({ iss, aud, iat, exp: iat + assertionS, jti: ids.make("j"), ...claims }, "JWT");
  }

  async #configured(): Promise<client.Configuration> {
    const { issuer, endpoints, clientId } = this.#client;
    const insecure = issuer.startsWith("http:") || endpoints?.token.startsWith("http:") === true;
    const execute = insecure ? [client.allowInsecureRequests] : [];
    const fetch = this.#fetch();
    const metadata = endpoints === null ? await this.#discovered(execute, fetch) : metadataOf(issuer, endpoints);
    const configuration = new client.Configuration(metadata, clientId, undefined, this.#authentication(metadata));
    for (const allow of execute) allow(configuration);
    configuration[client.customFetch] = fetch;
    return configuration;
  }

  /** OpenID Connect Discovery, else RFC 8414. */
  async #discovered(
    execute: ((configuration: client.Configuration) => void)[],
    fetch: client.CustomFetch,
  ): Promise<client.ServerMetadata> {
    const { issuer, clientId } = this.#client;
    const look = async (algorithm: "oidc" | "oauth2"): Promise<client.ServerMetadata> => {
      const options = { algorithm, execute, [client.customFetch]: fetch };
      return (await client.discovery(new URL(issuer), clientId, undefined, client.None(), options)).serverMetadata();
    };
    return look("oidc").catch((failure: unknown) => {
      if (oauthFailure(issuer, failure).kind === "unreachable") throw failure;
      return look("oauth2");
    });
  }

  #authentication(metadata: client.ServerMetadata): client.ClientAuth {
    const { secretReference, clientAuth } = this.#client;
    if (clientAuth === "signed") return (_server, { client_id: id }, body) => this.#authenticateSigned(id, body);
    // The grant says who the client is (RFC 7523 §2.1).
    if (clientAuth === "none") return () => undefined;
    if (secretReference === null) return client.None();
    const secret = this.#secret(secretReference);
    // Basic where nothing is said (RFC 8414 §2).
    const methods = metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    const basic = clientAuth === null ? methods.includes("client_secret_basic") : clientAuth === "basic";
    return basic ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret);
  }

  #authenticateSigned(clientId: string, body: URLSearchParams): void {
    body.set("client_id", clientId);
    body.set("client_assertion_type", jwtAssertion);
    // RFC 7523 §3: issuer and subject of a client's assertion are the client.
    body.set("client_assertion", this.assertion({ iss: clientId, sub: clientId }));
  }

  #secret(reference: string): string {
    try {
      return this.#deps.secret(reference);
    } catch (failure) {
      throw new CredentialFailure("misconfigured", (failure as Error).message, failure);
    }
  }

  /** The library's requests, with the address checked and the answer bounded. */
  #fetch(): client.CustomFetch {
    const { addresses, caFile, timeoutMs } = this.#client;
    const checked = checkedFetch({ addresses, caFile, timeoutMs, maxBytes });
    return (url, { method, headers, body }) =>
      checked(url, {
        method,
        headers: { ...headers },
        body: body === undefined || body === null ? null : String(body),
      });
  }
}

function metadataOf(issuer: string, endpoints: NonNullable<OauthClient["endpoints"]>): client.ServerMetadata {
  const { authorization, token, revocation } = endpoints;
  return {
    issuer,
    token_endpoint: token,
    ...(authorization === undefined ? {} : { authorization_endpoint: authorization }),
    ...(revocation === null ? {} : { revocation_endpoint: revocation }),
  };
}
