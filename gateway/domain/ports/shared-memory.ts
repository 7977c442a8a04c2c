/** A used DPoP proof (RFC 9449 §11.1). */
export interface UsedProofRow {
  /** Of its key and its `jti`. */
  readonly id: string;
  /** Milliseconds after which its age alone refuses it. */
  readonly lifetimeMs: number;
}

/** DPoP nonces (RFC 9449 §8) as they are in the store. */
export interface StoredNonces {
  readonly current: string;
  /** The one before; null when it is too old to count. */
  readonly before: string | null;
}

/** Used DPoP proofs and nonces of all processes that share a store. Times are those of the store. */
export interface ProofStore {
  /** Notes each as used. @returns in order, whether nobody had used it before; durable when it resolves */
  use(proofs: readonly UsedProofRow[]): Promise<readonly boolean[]>;
  /**
   * The nonces that count now. A current one that is older than `renewMs` is replaced by `next` first, unless another process does so at
   * the same moment; one before counts until it is `goodMs` old.
   */
  nonces(next: string, renewMs: number, goodMs: number): Promise<StoredNonces>;
  /** Removes proofs that their age refuses. */
  purge(): Promise<void>;
}

/** Who names a transport session of MCP. */
export interface SessionClaim {
  readonly key: string;
  readonly caller: string;
  /** A tool server has begun it; else the caller alone says that there is such a session. */
  readonly isBegun: boolean;
}

/** Whose transport sessions are, for all processes that share a store. */
export interface TransportSessionStore {
  /** A session that nobody has becomes the caller's. @returns in order, whose each is */
  claim(claims: readonly SessionClaim[]): Promise<readonly string[]>;
  /** Forgets sessions that nobody has named for so many milliseconds, and others where no tool server has begun it. */
  purge(unusedMs: number, notBegunMs: number): Promise<void>;
}

/** Private keys that all processes of a store sign with. */
export interface SigningKeyStore {
  /** The key of this name as PEM (PKCS #8); the first time `make` makes it. */
  of(name: string, make: () => string): Promise<string>;
  /** Null when there is none yet. */
  find(name: string): Promise<string | null>;
}

/** Keys that all processes of a store sign with. */
export const signingKeyNames = ["approval-receipts", "authzen"] as const;
export type SigningKeyName = (typeof signingKeyNames)[number];

/** A session at the console as it is kept. Times in milliseconds on the clock of whoever keeps it. */
export interface KeptConsoleSession {
  /** Digest of the secret in the browser's cookie. */
  readonly key: string;
  /** The same under every key that the session has had. */
  readonly life: string;
  /** Id of the account. */
  readonly account: string;
  readonly began: number;
  /** Of the last activity that was noted. */
  readonly seen: number;
  /** What the console alone reads; JSON. */
  readonly body: string;
}

/** Which sessions end. */
export type EndedSessions =
  { readonly key: string } | { readonly account: string } | { readonly lives: readonly string[] };

/** Sessions at the console: in memory, or, where gateways share a store, in it. */
export interface ConsoleSessionStore {
  add(session: KeptConsoleSession): Promise<void>;
  /** Null when nothing is kept under this key. */
  get(key: string): Promise<KeptConsoleSession | null>;
  ofLife(life: string): Promise<KeptConsoleSession | null>;
  /** In place of what is kept under `key`. @returns false, and keeps nothing, where nothing is kept under it any more */
  replace(key: string, next: KeptConsoleSession): Promise<boolean>;
  noteSeen(life: string, at: number): Promise<void>;
  /** Those that began first come first; null: of all accounts. */
  list(account: string | null): Promise<readonly KeptConsoleSession[]>;
  /** @returns how many there were */
  end(which: EndedSessions): Promise<number>;
  /** Removes those without activity since, or begun before, these moments. */
  purge(seenBefore: number, beganBefore: number): Promise<void>;
}

/** How many secrets may be kept at once, and for how long. */
export interface OneTimeBounds {
  readonly lifetimeMs: number;
  /** Secrets in all. */
  readonly capacity: number;
  /** Secrets on one account: beyond them its own oldest goes. */
  readonly perAsker: number;
}

/** A secret that was given out, and what it was given out for. */
export interface OneTimeSecret {
  /** What kind of secret it is: each has bounds of its own. */
  readonly kind: string;
  /** Digest of the secret and of who may bring it back. */
  readonly key: string;
  /** On whose account it is kept. */
  readonly share: string;
  /** JSON. */
  readonly body: string;
}

/** Secrets that gateways give out and take back once, whichever of them is asked. Times are those of the store. */
export interface OneTimeStore {
  keep(secret: OneTimeSecret, bounds: OneTimeBounds): Promise<void>;
  /** The body; null when there is none, or it is too late. Whatever comes of it, it is used now. */
  take(kind: string, key: string): Promise<string | null>;
}
