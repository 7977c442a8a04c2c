import type { NamedCredential } from "./credential.ts";
import type { AddressClass } from "./route.ts";

/** Each person's own account at a tool server, which they connect once in the console. References are for `Config.secret`. */
export interface PersonCredential extends NamedCredential {
  readonly provider: "person";
  /** What people call the other side. */
  readonly label: string;
  /** Identifier of the authorization server (RFC 8414 §2). */
  readonly issuer: string;
  /** Null: as its metadata says. */
  readonly endpoints: PersonEndpoints | null;
  readonly clientId: string;
  /** Null: a public client. */
  readonly secretReference: string | null;
  /** How the secret is sent; null: as the metadata says, else basic. */
  readonly clientAuth: "basic" | "post" | null;
  readonly scopes: readonly string[];
  /** RFC 8707; null: none. */
  readonly resource: string | null;
  /** Further parameters of the authorization request. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Issuers whose tokens may name people: their exact `iss`. */
  readonly trustedIssuers: ReadonlySet<string>;
  readonly addresses: ReadonlySet<AddressClass>;
  readonly caFile: string | null;
  readonly timeoutMs: number;
}

export interface PersonEndpoints {
  readonly authorization: string;
  readonly token: string;
  readonly revocation: string | null;
}

/** How the tokens of people are kept. */
export interface ConnectedAccountSettings {
  /** References of the keys, by id: each seals, or opens what an earlier configuration sealed with it. */
  readonly keys: ReadonlyMap<string, string>;
  readonly sealWith: string;
  /** How long after a person's last sign-in at the identity provider agents may use their accounts. */
  readonly signInWithinMs: number;
}
