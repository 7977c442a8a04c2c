/** Someone who may sign in to the console. */
export interface Account {
  readonly name: string;
  /** PHC string: `$scrypt$ln=…,r=…,p=…$salt$hash`; null for people of an identity provider, who have none here. */
  readonly password: string | null;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  /** Other names of the same person, as callers and tokens may know them. */
  readonly also: readonly string[];
  /** Milliseconds since the epoch. */
  readonly created_at: number;
  /** Who vouches for this person; null for users of the configuration. */
  readonly provider: ProviderIdentity | null;
}

/** What an identity provider said at the last sign-in (OpenID Connect Core 1.0 §2). */
export interface ProviderIdentity {
  readonly issuer: string;
  /** `sub`: who it is, whatever the name says. */
  readonly subject: string;
  /** The values of the claims before any mapping, so that a changed mapping counts at the next start. */
  readonly groups: { readonly roles: readonly string[]; readonly teams: readonly string[] };
  /** Milliseconds since the epoch. */
  readonly verified_at: number;
}

/** What a provider said long ago counts no longer; the configuration's own users always do. `forMs`: how long. */
export function isVouchedFor({ provider }: Account, now: number, forMs: number): boolean {
  return provider === null || now - provider.verified_at < forMs;
}

/** The durable side of console accounts. */
export interface AccountStore {
  get(name: string): Account | null;
  /** The account of this `sub` of this issuer. */
  ofSubject(issuer: string, subject: string): Account | null;
  list(): Account[];
  /** Inserts or replaces; on disk when it returns. */
  put(account: Account): void;
  /** With the passkeys of that person. */
  remove(name: string): void;
}
