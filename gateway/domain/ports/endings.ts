import type { Revocable, RevocationKind } from "../revocation.ts";

/** What ended access: told in records, answers and to streams. */
export interface EndedBy {
  readonly kind: RevocationKind | "token" | "limit" | "signal";
  readonly id: string | null;
  readonly reason: string;
}

export interface Ended {
  readonly sessions: number;
  readonly held: number;
  readonly calls: number;
  readonly streams: number;
  readonly grants: number;
  readonly credentials: number;
}

export interface Endings {
  /** Cancels what is held, aborts what is under way upstream, voids grants and made credentials of all that matches. Resolves when this process has cut them. */
  end(matches: (what: Revocable) => boolean, by: EndedBy): Promise<Ended>;
  /** Those who hold something else that must go (made credentials, counters) register here. */
  onEnd(listener: (matches: (what: Revocable) => boolean, by: EndedBy) => Promise<Partial<Ended>>): void;
}
