import * as client from "openid-client";
import { CredentialFailure } from "../../domain/credential.ts";
import type { OauthClient } from "../../domain/oauth-credential.ts";
import type { Clock, Ids, Logger } from "../../domain/ports.ts";
import { checkedFetch } from "../../net/checked-fetch.ts";
import { KeptValues } from "../kept.ts";
import type { OwnKeys } from "../own-keys.ts";
import { oauthFailure } from "./failure.ts";

export interface OauthDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** @throws Error that names the reference, never the value */
  readonly secret: (reference: string) => string;
  readonly keys: Pick<OwnKeys, "sign">;
  /** Where agents reach the gateway; null while that is not known. */
  readonly issuer: () => string | null;
}

export interface GrantedToken {
  readonly token: string;
  /** `n_a` for what is no access token (RFC 8693 §2.2.1). */
  readonly type: "bearer" | "n_a";
  /** RFC 8693; null: not said. */
  readonly issuedType: string | null;
  readonly lifetimeMs: number;
  /** Null: as asked for (RFC 6749 §5.1). */
  readonly scope: readonly string[] | null;
}

/** How long its metadata, and the secret that is sent to it, are used before both are read again. */
const knownForMs = 60 * 60_000;
const maxBytes = 256 * 1024;
/** Of a token whose server does not say how long it lives. */
const unsaidLifetimeMs = 60_000;
/** Of assertions that the gateway signs for one request. */
const assertionS = 60;

export const jwtAssertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The requests that the gateway makes as a client of one authorization server. What it says in words is in no error. */
export class AuthorizationServer {
  readonly #client: OauthClient;
  readonly #deps: OauthDeps;
  readonly #known: KeptValues<client.Configuration>;

  constructor(settings: OauthClient, deps: OauthDeps) {
    this.#client = settings;
    this.#deps = deps;
    this.#known = new KeptValues({ clock: deps.clock, capacity: 1 });
  }

  get issuer(): string {
    return this.#client.issuer;
  }

  get clientId(): string {
    return this.#client.clientId;
  }

  /** RFC 6749 §4, and its extensions. @throws CredentialFailure */
  async grant(type: string, parameters: URLSearchParams): Promise<GrantedToken> {
    const answer = await this.#ask((known) => client.genericGrantRequest(known, type, parameters));
    const { access_token: token, token_type, expires_in, scope, issued_token_type } = answer;
    const tokenType = token_type.toLowerCase();
    if (tokenType !== "bearer" && tokenType !== "n_a")
      throw new CredentialFailure("misconfigured", `${this.issuer} gave a token of a type that is not sent as it is`);
    // It becomes the value of a header.
    if (!/^[\x21-\x7e]+$/.test(token))
      throw new CredentialFailure("misconfigured", `${this.issuer} gave a token that is no text for a header`);
    return {
      token,
      type: tokenType,
      issuedType: typeof issued_token_type === "string" ? issued_token_type : null,
      lifetimeMs: expires_in === undefined ? unsaidLifetimeMs : expires_in * 1_000,
      scope: scope === undefined ? null : scope.split(" ").filter((one) => one !== ""),
    };
  }

  /** RFC 7009, where the server has an address for it. A failure is told to the operator; the token then ends by itself. */
  async revoke(token: string): Promise<void> {
    try {
      await this.#ask(async (known) => {
        if (known.serverMetadata().revocation_endpoint === undefined) return;
        await client.tokenRevocation(known, token, { token_type_hint: "access_token" });
      });
    } catch (failure) {
      this.#deps.logger.warn("a token could not be revoked; it ends when its time is over", {
        error: (failure as CredentialFailure).message,
      });
    }
  }

  /** An assertion by the gateway's own key for this server (RFC 7523 §3). @throws CredentialFailure */
  assertion(claims: { readonly sub: string; readonly iss?: string; readonly act?: object }): string {
    const { keys, ids, clock, issuer } = this.#deps;
    const iss = issuer();
    if (iss === null) throw new CredentialFailure("misconfigured", "the gateway's own address is not known yet");
    const iat = Math.floor(clock.now() / 1_000);
    return keys.sign({ iss, aud: this.issuer, iat, exp: iat + assertionS, jti: ids.make("j"), ...claims }, "JWT");
  }

  async #ask<T>(work: (known: client.Configuration) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#configuration());
    } catch (thrown) {
      const failure = oauthFailure(this.issuer, thrown);
      // A changed secret or endpoint is found out by another look-up.
      if (failure.kind !== "refused") this.#known.forget("");
      throw failure;
    }
  }

  #configuration(): Promise<client.Configuration> {
    return this.#known.get("", async () => ({ value: await this.#configured(), forMs: knownForMs }));
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

function metadataOf(
  issuer: string,
  { token, revocation }: NonNullable<OauthClient["endpoints"]>,
): client.ServerMetadata {
  return { issuer, token_endpoint: token, ...(revocation === null ? {} : { revocation_endpoint: revocation }) };
}
