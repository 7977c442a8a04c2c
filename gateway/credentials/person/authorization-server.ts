import * as client from "openid-client";
import { CredentialFailure } from "../../domain/credential.ts";
import type { PersonCredential } from "../../domain/person-credential.ts";
import type { Clock } from "../../domain/ports.ts";
import { checkedFetch } from "../../net/checked-fetch.ts";
import { answeredBadly, unreachable } from "../call-failure.ts";
import { KeptValues } from "../kept.ts";

/** What an authorization server gives for one person. */
export interface PersonTokens {
  readonly accessToken: string;
  /** Null: it gives none, and the access token is all there is. */
  readonly refreshToken: string | null;
  /** Lifetime of the access token; null: not said. */
  readonly expiresInS: number | null;
  /** Null: as asked for (RFC 6749 §5.1). */
  readonly scopes: readonly string[] | null;
  /** What it calls the person, of an ID token; null without one. */
  readonly upstream: string | null;
}

/** What the authorization request carried, and the answer must match. */
export interface ExpectedAnswer {
  readonly state: string;
  readonly verifier: string;
}

export interface AuthorizationServerDeps {
  readonly clock: Pick<Clock, "monotonic">;
  /** @throws Error that names the reference, never the value */
  readonly secret: (reference: string) => string;
}

/** How long its metadata, and the secret that is sent to it, are used before both are read again. */
const knownForMs = 60 * 60_000;
const maxBytes = 256 * 1024;

/** The requests to the authorization server of one credential. What it says in words is in no error. */
export class AuthorizationServer {
  readonly #credential: PersonCredential;
  readonly #deps: AuthorizationServerDeps;
  readonly #known: KeptValues<client.Configuration>;

  constructor(credential: PersonCredential, deps: AuthorizationServerDeps) {
    this.#credential = credential;
    this.#deps = deps;
    this.#known = new KeptValues({ clock: deps.clock, capacity: 1 });
  }

  /** @throws CredentialFailure */
  async authorizationUrl(parameters: Readonly<Record<string, string>>): Promise<string> {
    return this.#ask(async (known) => client.buildAuthorizationUrl(known, { ...parameters }).href);
  }

  /**
   * Redeems the code that came back: its state, its issuer (RFC 9207), and the code with its verifier (RFC 7636).
   * @throws what the library throws, for `consentRefusal`; CredentialFailure
   */
  async redeem(cameBackTo: URL, { state, verifier }: ExpectedAnswer): Promise<PersonTokens> {
    const known = await this.#configuration();
    const { resource } = this.#credential;
    const checks = { expectedState: state, pkceCodeVerifier: verifier };
    const tokens = await client.authorizationCodeGrant(
      known,
      cameBackTo,
      checks,
      resource === null ? {} : { resource },
    );
    return tokensIn(tokens);
  }

  /**
   * RFC 6749 §6; `scopes` at most as wide as consented.
   * @throws CredentialFailure; `refused` when the server no longer takes the refresh token
   */
  async refresh(refreshToken: string, scopes: readonly string[] | null): Promise<PersonTokens> {
    const { resource } = this.#credential;
    const parameters = {
      ...(scopes === null ? {} : { scope: scopes.join(" ") }),
      ...(resource === null ? {} : { resource }),
    };
    return this.#ask(async (known) => tokensIn(await client.refreshTokenGrant(known, refreshToken, parameters)));
  }

  /** RFC 7009. False when the server has no address for it. @throws CredentialFailure */
  async revoke(token: string, hint: "refresh_token" | "access_token"): Promise<boolean> {
    return this.#ask(async (known) => {
      if (known.serverMetadata().revocation_endpoint === undefined) return false;
      await client.tokenRevocation(known, token, { token_type_hint: hint });
      return true;
    });
  }

  async #ask<T>(work: (known: client.Configuration) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#configuration());
    } catch (thrown) {
      const failure = failureOf(this.#credential.label, thrown);
      // A changed secret or endpoint is found out by another look-up.
      if (failure.kind !== "refused") this.#known.forget("");
      throw failure;
    }
  }

  #configuration(): Promise<client.Configuration> {
    return this.#known.get("", async () => ({ value: await this.#discover(), forMs: knownForMs }));
  }

  async #discover(): Promise<client.Configuration> {
    const { issuer, endpoints, clientId } = this.#credential;
    const insecure = issuer.startsWith("http:") ? [client.allowInsecureRequests] : [];
    const fetch = this.#fetch();
    let metadata: client.ServerMetadata;
    if (endpoints === null) {
      const options = { execute: insecure, [client.customFetch]: fetch };
      const found = await client.discovery(new URL(issuer), clientId, undefined, client.None(), options);
      metadata = found.serverMetadata();
    } else {
      const { authorization, token, revocation } = endpoints;
      const addresses = { authorization_endpoint: authorization, token_endpoint: token };
      metadata = { issuer, ...addresses, ...(revocation === null ? {} : { revocation_endpoint: revocation }) };
    }
    const configuration = new client.Configuration(metadata, clientId, undefined, this.#authentication(metadata));
    for (const allow of insecure) allow(configuration);
    configuration[client.customFetch] = fetch;
    return configuration;
  }

  #authentication(metadata: client.ServerMetadata): client.ClientAuth {
    const { secretReference, clientAuth } = this.#credential;
    if (secretReference === null) return client.None();
    const secret = this.#deps.secret(secretReference);
    // Basic where nothing is said (RFC 8414 §2).
    const methods = metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    const basic = clientAuth === null ? methods.includes("client_secret_basic") : clientAuth === "basic";
    return basic ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret);
  }

  /** The library's requests, with the address checked and the answer bounded. */
  #fetch(): client.CustomFetch {
    const { addresses, caFile, timeoutMs } = this.#credential;
    const checked = checkedFetch({ addresses, caFile, timeoutMs, maxBytes });
    return (url, { method, headers, body }) =>
      checked(url, {
        method,
        headers: { ...headers },
        body: body === undefined || body === null ? null : String(body),
      });
  }
}

function tokensIn(tokens: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers): PersonTokens {
  const claims = tokens.claims();
  const name = [claims?.["preferred_username"], claims?.["email"], claims?.sub].find(isName);
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    expiresInS: tokens.expires_in ?? null,
    scopes: tokens.scope === undefined ? null : tokens.scope.split(" ").filter((one) => one !== ""),
    upstream: name ?? null,
  };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 200 && !/\p{C}/u.test(value);
}

/** What went wrong, by its kind and code alone: the words of the other side, tokens and codes are in no text. */
export function failureOf(label: string, thrown: unknown): CredentialFailure {
  if (thrown instanceof client.ResponseBodyError) {
    const { error, status } = thrown;
    const known = /^[a-z_]{1,60}$/.test(error) ? error : "an error";
    // The refresh token's own end; any other error is about the client, or passes.
    const kind = error === "invalid_grant" ? "refused" : status >= 500 ? "unreachable" : "misconfigured";
    return new CredentialFailure(kind, `${label} answered ${status} (${known})`);
  }
  if (thrown instanceof client.ClientError) {
    const inner = thrown.cause;
    if (inner instanceof Response) return answeredBadly(label, inner.status, "a request");
    if (inner instanceof Error && !(inner instanceof client.ClientError)) return unreachable(label, inner);
    return new CredentialFailure(
      "misconfigured",
      `${label} gave an answer that is not valid (${thrown.code ?? "unknown"})`,
    );
  }
  return unreachable(label, thrown);
}
