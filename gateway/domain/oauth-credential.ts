import type { AddressClass } from "./route.ts";
import type { NamedCredential } from "./credential.ts";
import type { VaultSigningKey } from "./vault-credential.ts";

/** How the gateway is known to one authorization server. */
export interface OauthClient {
  /** Identifier of the authorization server; its metadata is looked up below it unless `endpoints` is given. */
  readonly issuer: string;
  readonly endpoints: {
    readonly token: string;
    readonly revocation: string | null;
    /** Where people consent; absent where nobody does. */
    readonly authorization?: string;
  } | null;
  readonly clientId: string;
  /** Null: the client has no secret. */
  readonly secretReference: string | null;
  /** signed: an assertion by the gateway's own key (RFC 7523 §2.2). none: the grant is an assertion, which names the client (§2.1). Null: as the metadata says. */
  readonly clientAuth: "basic" | "post" | "signed" | "none" | null;
  /** Address classes that it may resolve to. */
  readonly addresses: ReadonlySet<AddressClass>;
  /** PEM file of certificate authorities; null: those that Node knows. */
  readonly caFile: string | null;
  readonly timeoutMs: number;
}

interface OauthCredential extends NamedCredential {
  /** What may be asked for; empty: whatever policy says, or the server's default. */
  readonly scopes: readonly string[];
  /** RFC 8707; null: none, unless policy names one. */
  readonly resource: string | null;
}

/** The gateway's own access (RFC 6749 §4.4), the same for all callers. */
export interface ClientCredentialsCredential extends OauthCredential {
  readonly provider: "client_credentials";
  readonly client: OauthClient;
  /** Parameter of servers that name the resource so; null: none. */
  readonly audience: string | null;
}

/** Who the call is made for, as an authorization server is told. */
export interface SubjectToken {
  /** caller: the access token that came with the call. signed: an assertion by the gateway. */
  readonly from: "caller" | "signed";
  /** RFC 8693 §3. */
  readonly type: string;
}

/** Another token in the place of the caller's (RFC 8693). */
export interface TokenExchangeCredential extends OauthCredential {
  readonly provider: "token_exchange";
  readonly client: OauthClient;
  readonly subjectToken: SubjectToken;
  /** Whether the gateway proves itself as the actor. */
  readonly actor: "none" | "signed";
  /** Null: the tool server's address. */
  readonly audience: string | null;
}

/** Identity assertion JWT authorization grant: access at another domain's server, vouched for by the identity provider of both. */
export interface IdJagCredential extends OauthCredential {
  readonly provider: "id_jag";
  readonly identityProvider: OauthClient;
  readonly authorizationServer: OauthClient;
  readonly subjectToken: SubjectToken;
}

/** A JWT that the gateway signs for one call. */
export interface SignedJwtCredential extends NamedCredential {
  readonly provider: "signed_jwt";
  /** Null: the tool server's address. */
  readonly audience: string | null;
  readonly ttlS: number;
  /** Null: the gateway's own key. */
  readonly key: VaultSigningKey | null;
}
