import * as client from "openid-client";
import type { PersonCredential } from "../../domain/person-credential.ts";
import { saidLifetimeS, ServerConfiguration } from "../oauth/configuration.ts";
import type { OauthDeps } from "../oauth/server.ts";

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

/** The requests for people to the authorization server of one credential. What it says in words is in no error. */
export class PersonServer {
  readonly #credential: PersonCredential;
  readonly #known: ServerConfiguration;

  constructor(credential: PersonCredential, deps: OauthDeps) {
    this.#credential = credential;
    this.#known = new ServerConfiguration(credential.client, deps);
  }

  /** @throws CredentialFailure */
  authorizationUrl(parameters: Readonly<Record<string, string>>): Promise<string> {
    return this.#known.ask(async (known) => client.buildAuthorizationUrl(known, { ...parameters }).href);
  }

  /**
   * Redeems the code that came back: its state, its issuer (RFC 9207), and the code with its verifier (RFC 7636).
   * @throws what the library throws, for `consentRefusal`; CredentialFailure
   */
  async redeem(cameBackTo: URL, { state, verifier }: ExpectedAnswer): Promise<PersonTokens> {
    const checks = { expectedState: state, pkceCodeVerifier: verifier };
    const { resource } = this.#credential;
    const more: Record<string, string> = resource === null ? {} : { resource };
    return tokensIn(await client.authorizationCodeGrant(await this.#known.get(), cameBackTo, checks, more));
  }

  /**
   * RFC 6749 §6; `scopes` at most as wide as consented.
   * @returns null when the server no longer takes the refresh token
   * @throws CredentialFailure
   */
  refresh(refreshToken: string, scopes: readonly string[] | null): Promise<PersonTokens | null> {
    const { resource } = this.#credential;
    const parameters = {
      ...(scopes === null ? {} : { scope: scopes.join(" ") }),
      ...(resource === null ? {} : { resource }),
    };
    return this.#known.ask(async (known) => {
      try {
        return tokensIn(await client.refreshTokenGrant(known, refreshToken, parameters));
      } catch (thrown) {
        // Any other error is about the client or the request, or passes.
        if (thrown instanceof client.ResponseBodyError && thrown.error === "invalid_grant") return null;
        throw thrown;
      }
    });
  }

  /** RFC 7009. False when the server has no address for it. @throws CredentialFailure */
  revoke(token: string, hint: "refresh_token" | "access_token"): Promise<boolean> {
    return this.#known.ask(async (known) => {
      if (known.serverMetadata().revocation_endpoint === undefined) return false;
      await client.tokenRevocation(known, token, { token_type_hint: hint });
      return true;
    });
  }
}

function tokensIn(tokens: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers): PersonTokens {
  const claims = tokens.claims();
  const name = [claims?.["preferred_username"], claims?.["email"], claims?.sub].find(isName);
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    expiresInS: saidLifetimeS(tokens),
    scopes: tokens.scope === undefined ? null : tokens.scope.split(" ").filter((one) => one !== ""),
    upstream: name ?? null,
  };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 200 && !/\p{C}/u.test(value);
}
