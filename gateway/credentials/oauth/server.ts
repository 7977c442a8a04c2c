import * as client from "openid-client";
import { CredentialFailure } from "../../domain/credential.ts";
import type { OauthClient } from "../../domain/oauth-credential.ts";
import type { Clock, Ids, Logger } from "../../domain/ports.ts";
import type { OwnKeys } from "../own-keys.ts";
import { type AssertedClaims, saidLifetimeS, ServerConfiguration } from "./configuration.ts";

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

/** Of a token whose server does not say how long it lives. */
const unsaidLifetimeMs = 60_000;

/** The requests that the gateway makes as a client of one authorization server. What it says in words is in no error. */
export class AuthorizationServer {
  readonly #client: OauthClient;
  readonly #deps: OauthDeps;
  readonly #known: ServerConfiguration;

  constructor(settings: OauthClient, deps: OauthDeps) {
    this.#client = settings;
    this.#deps = deps;
    this.#known = new ServerConfiguration(settings, deps);
  }

  get issuer(): string {
    return this.#client.issuer;
  }

  get clientId(): string {
    return this.#client.clientId;
  }

  /** RFC 6749 §4, and its extensions. @throws CredentialFailure */
  async grant(type: string, parameters: URLSearchParams): Promise<GrantedToken> {
    const answer = await this.#known.ask((known) => client.genericGrantRequest(known, type, parameters));
    const { access_token: token, token_type, scope, issued_token_type } = answer;
    const lifetimeS = saidLifetimeS(answer);
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
      lifetimeMs: lifetimeS === null ? unsaidLifetimeMs : lifetimeS * 1_000,
      scope: scope === undefined ? null : scope.split(" ").filter((one) => one !== ""),
    };
  }

  /** RFC 7009, where the server has an address for it. A failure is told to the operator; the token then ends by itself. */
  async revoke(token: string): Promise<void> {
    try {
      await this.#known.ask(async (known) => {
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
  assertion(claims: AssertedClaims): string {
    return this.#known.assertion(claims);
  }
}
