import type { NamedCredential } from "./credential.ts";
import type { AddressClass } from "./route.ts";

/** A Vault or OpenBao server of the configuration, and how the gateway signs in to it. */
export interface VaultServer {
  readonly name: string;
  /** scheme://host[:port] */
  readonly address: string;
  readonly namespace: string | null;
  /** Absolute path of a PEM file. */
  readonly caFile: string | null;
  readonly addresses: ReadonlySet<AddressClass>;
  readonly timeoutMs: number;
  readonly auth: VaultAuth;
}

/** References are for `Config.secret`, and are read anew with each sign-in. Mounts have no slash at either end. */
export type VaultAuth =
  | {
      readonly method: "approle";
      readonly mount: string;
      readonly roleId: string;
      /** Null for a role without `bind_secret_id`. */
      readonly secretIdReference: string | null;
    }
  | {
      readonly method: "kubernetes" | "jwt";
      readonly mount: string;
      /** Null: the default role of the mount. */
      readonly role: string | null;
      readonly jwtReference: string;
    }
  | { readonly method: "token"; readonly tokenReference: string };

/** A secret that Vault keeps, makes, or holds the key of. */
export interface VaultCredential extends NamedCredential {
  readonly provider: "vault";
  readonly server: VaultServer;
  readonly source: VaultSource;
  /** What is sent, with `{field}` in it for each field of the secret. */
  readonly template: string;
  /** base64: of the whole text, as HTTP Basic wants it. */
  readonly encode: "none" | "base64";
}

export type VaultSource = VaultKv | VaultDynamic | VaultTransit;

/** A secret of the KV engine, version 2. */
export interface VaultKv {
  readonly engine: "kv";
  readonly mount: string;
  readonly path: string;
  /** Null: the latest. */
  readonly version: number | null;
  /** How long it is used before it is read again. */
  readonly cacheMs: number;
}

/** A secret that an engine makes on request, with a lease. */
export interface VaultDynamic {
  readonly engine: "dynamic";
  /** From the mount on, such as `database/creds/readonly`. */
  readonly path: string;
  /** Sent as a body with POST; null: read with GET. */
  readonly parameters: Readonly<Record<string, string>> | null;
  readonly per: LeaseShare;
}

/** Who shares one leased secret. session: the calls of one caller, for one person, in one session and task. */
export type LeaseShare = "session" | "subject" | "gateway";

/** A secret that is kept encrypted outside Vault, by a key of the transit engine. Its one field is `plaintext`. */
export interface VaultTransit {
  readonly engine: "transit";
  readonly mount: string;
  readonly key: string;
  /** Reference to the ciphertext (`vault:v1:…`). */
  readonly ciphertextReference: string;
  readonly cacheMs: number;
}

/** A key of the transit engine that signs JWTs and never leaves it: ECDSA P-256 (ES256) or RSA (RS256). */
export interface VaultSigningKey {
  readonly server: VaultServer;
  readonly mount: string;
  readonly name: string;
  /** How old what is known of its versions may be. */
  readonly refreshMs: number;
  /** How long a version is published before it signs. */
  readonly leadMs: number;
}
