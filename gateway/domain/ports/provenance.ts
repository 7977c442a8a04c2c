/** Memories of sessions, durable when a method resolves. They hold digests, never values. */
export interface ProvenanceStore {
  /** In the order of the keys; null for a session that nothing was kept of. What is asked in one turn is read together. */
  read(keys: readonly string[]): Promise<readonly (StoredMemory | null)[]>;
  /**
   * Notes that this writer has changes of these sessions that are not written yet. False for a session that another writer has, or
   * that was written since this version of it was read: then something of it is lost to both.
   */
  claim(claims: readonly MemoryClaim[], writer: string, now: number): Promise<readonly boolean[]>;
  /** All or none. @returns the keys of those that another writer has claimed meanwhile: they are not written */
  write(memories: readonly WrittenMemory[], writer: string, now: number): Promise<readonly string[]>;
  /** Drops the memories of sessions that were used last before this time; that they had one stays known. @returns how many */
  shed(before: number): Promise<number>;
  /** Forgets sessions that were used last before this time, whatever is kept of them. @returns how many */
  drop(before: number): Promise<number>;
}

export interface MemoryClaim {
  /** See `sessionKey`. */
  readonly key: string;
  /** Of the memory as it was read; 0 when there was none. */
  readonly version: number;
}

export interface StoredMemory {
  /** Null when none was written yet, or it was dropped. */
  readonly memory: Uint8Array | null;
  /** Rises with each write. */
  readonly version: number;
  /** Who has, or had, changes of it that are not written; null when it is complete. */
  readonly writer: string | null;
}

export interface WrittenMemory {
  readonly key: string;
  readonly memory: Uint8Array;
  /** The writer has no further changes. */
  readonly complete: boolean;
}
