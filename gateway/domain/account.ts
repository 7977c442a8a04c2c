/** Someone who may sign in to the console. */
export interface Account {
  /** Key of this person wherever something is kept of them: `accountId` of issuer and subject. */
  readonly id: string;
  /** What people call them. It may change, and may be somebody else's later: a label, never a key. */
  readonly name: string;
  /** PHC string: `$scrypt$ln=…,r=…,p=…$salt$hash`; null for people of an identity provider, who have none here. */
  readonly password: string | null;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  /** Other names of the same person, as callers and tokens may know them; for people of a provider every name they ever had. */
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

/** Issuer of the users of the configuration; no provider has it, since theirs are URLs. */
export const localIssuer = "local";

/** One string for issuer and subject, which cannot run into each other. */
export function accountId(issuer: string, subject: string): string {
  return JSON.stringify([issuer, subject]);
}

/**
 * Whether this person may sign in and decide today. The configuration's own users may; of people of a provider those whom
 * its answers give a role, the last of them less than `forMs` ago.
 */
export function isVouchedFor({ provider, roles }: Account, now: number, forMs: number): boolean {
  return provider === null || (roles.length > 0 && now - provider.verified_at < forMs);
}

/** The durable side of console accounts. */
export interface AccountStore {
  get(id: string): Promise<Account | null>;
  /** The user of the configuration who signs in with this name and a password. */
  withPassword(name: string): Promise<Account | null>;
  /**
   * Everybody whom this exact text may name: by their name today, by their `sub` at the provider, and, of users of the configuration,
   * by another name that it gives them. Earlier names of people of a provider are not among them: somebody else may have them now.
   */
  named(name: string): Promise<Account[]>;
  /** By name, then id. */
  list(): Promise<Account[]>;
  /** Inserts or replaces; durable when it resolves. The passkeys of the account stay, and so does the time it was made. */
  put(account: Account): Promise<void>;
  /** With the passkeys of that person. False when there is none with this id. */
  remove(id: string): Promise<boolean>;
  /**
   * One transaction: nobody else changes accounts or passkeys while `work` reads and writes them, and nothing of it is kept
   * when it rejects. Within another transaction it is part of that one. `work` waits for nothing but the store.
   */
  atomically<T>(work: () => Promise<T>): Promise<T>;
}
