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
}
