/** What the authorization server keeps. Secrets are there as SHA-256, base64url, and times in milliseconds since the epoch. */

/** A client that registered itself (RFC 7591). */
export interface RegisteredClient {
  readonly id: string;
  readonly name: string;
  readonly uri: string | null;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
  readonly registeredAt: number;
  readonly endsAt: number;
}

export interface RegisteredClientStore {
  /** Null when there is none, or its time is over. */
  get(id: string, now: number): Promise<RegisteredClient | null>;
  /**
   * Durable when it resolves. Where `most` are kept, it takes the place of the one that was registered longest ago and never used;
   * false when all of them have been used.
   */
  add(client: RegisteredClient, most: number, now: number): Promise<boolean>;
  /** It was used: it is kept until then. */
  keepUntil(id: string, endsAt: number): Promise<void>;
}

/** What a person has agreed to, for one client and one route; tokens are given out under it until it ends. */
export interface AuthorizationGrant {
  readonly id: string;
  readonly client: { readonly id: string; readonly name: string };
  readonly person: GrantedPerson;
  readonly scopes: readonly string[];
  readonly route: string;
  readonly audience: string;
  /** Thumbprint of the key that its tokens are bound to (RFC 9449 §6.1); null for bearer tokens. */
  readonly jkt: string | null;
  readonly agreedAt: number;
  /** When it was proven who the person is; absent: when they agreed. */
  readonly vouchedAt?: number;
  /** After this no token is given out any more. */
  readonly endsAt: number;
}

/** Whom tokens are for. */
export interface GrantedPerson {
  /** `sub` */
  readonly subject: string;
  readonly name: string;
  /** Id of the account of a local user, who is looked up again for each token; null for people of a provider. */
  readonly account: string | null;
  /** Who vouched for them: `local`, or the issuer of the provider. */
  readonly by: string;
}

/** A code that was given out and may be exchanged once (RFC 6749 §4.1.2). */
export interface AuthorizationCode {
  readonly digest: string;
  readonly grant: AuthorizationGrant;
  readonly redirectUri: string;
  /** S256 (RFC 7636). */
  readonly challenge: string;
  readonly refreshable: boolean;
  readonly expiresAt: number;
}

/** A token that was given out. */
export interface GivenToken {
  readonly digest: string;
  readonly expiresAt: number;
}

/** fresh: it is used up by this. reused: somebody has used it before. ended: its grant is over. */
export type TakenRefresh =
  | { readonly state: "fresh"; readonly grant: AuthorizationGrant }
  | { readonly state: "reused" | "ended"; readonly grant: AuthorizationGrant }
  | { readonly state: "unknown" };

export type TakenCode =
  | { readonly state: "fresh"; readonly code: AuthorizationCode }
  | { readonly state: "reused"; readonly grant: string }
  | { readonly state: "unknown" };

export interface AuthorizationStore {
  /** One transaction: all of `work`, or nothing when it rejects. */
  atomically<T>(work: () => Promise<T>): Promise<T>;
  addCode(code: AuthorizationCode): Promise<void>;
  /** Whatever comes of it, a code that was fresh is used now. */
  takeCode(digest: string, now: number): Promise<TakenCode>;
  /** False when it has been ended already, which can be before it began: nothing is given out under it. */
  addGrant(grant: AuthorizationGrant): Promise<boolean>;
  /** Of a grant that has not ended; null otherwise. */
  grant(id: string, now: number): Promise<AuthorizationGrant | null>;
  addRefresh(grant: string, token: GivenToken): Promise<void>;
  /** `client`: whose it must be; of another's nothing is said and nothing is changed. */
  takeRefresh(digest: string, client: string, now: number): Promise<TakenRefresh>;
  /** The grant of a refresh token, used or not; null when there is none. */
  grantOf(refreshDigest: string): Promise<AuthorizationGrant | null>;
  /** The grant of an access token that has not expired. */
  grantOfAccess(digest: string, now: number): Promise<AuthorizationGrant | null>;
  /** Whether the grant of this access token, which has not expired, is over. */
  accessEnded(digest: string, now: number): Promise<boolean>;
  addAccess(grant: string, token: GivenToken): Promise<void>;
  /** Ends the grant and voids its codes and refresh tokens. @returns its access tokens that are still good */
  endGrant(id: string, now: number): Promise<readonly GivenToken[]>;
  /** False when this was seen before and has not expired. */
  useOnce(key: string, expiresAt: number, now: number): Promise<boolean>;
  /** Forgets what is over. */
  purge(now: number): Promise<void>;
}
