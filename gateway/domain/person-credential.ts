import type { NamedCredential } from "./credential.ts";
import type { OauthClient } from "./oauth-credential.ts";

/** Each person's own account at a tool server, which they connect once in the console. */
export interface PersonCredential extends NamedCredential {
  readonly provider: "person";
  /** What people call the other side. */
  readonly label: string;
  /** The gateway at the authorization server of the accounts. */
  readonly client: OauthClient;
  readonly scopes: readonly string[];
  /** RFC 8707; null: none. */
  readonly resource: string | null;
  /** Further parameters of the authorization request. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Issuers whose tokens may name people: their exact `iss`. */
  readonly trustedIssuers: ReadonlySet<string>;
  /** Issuer to the provider whose `sub` its tokens carry; absent for those that carry their own. */
  readonly subjectsOf?: ReadonlyMap<string, string>;
}

/** How the tokens of people are kept. */
export interface ConnectedAccountSettings {
  /** References of the keys, by id: each seals, or opens what an earlier configuration sealed with it. */
  readonly keys: ReadonlyMap<string, string>;
  readonly sealWith: string;
  /** How long after a person's last sign-in at the identity provider agents may use their accounts. */
  readonly signInWithinMs: number;
}
