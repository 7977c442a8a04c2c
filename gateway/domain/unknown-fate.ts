/** What was written may be in the store, or not: nobody could tell when it was asked. */
export interface UnknownFate {
  /** Resolves when somebody can tell, with whether it is there. It never rejects, and may never resolve. */
  readonly committed: Promise<boolean>;
}

/** What will be known of a write that has failed; null for one that is not in the store. */
export function fateOf(failure: unknown): Promise<boolean> | null {
  return failure instanceof Error && "committed" in failure ? (failure as Error & UnknownFate).committed : null;
}
