/** What is known of a bundle by its name, and holds when a document asks for it in another way. */
export interface Remembered {
  /** `iat` of the newest that was active, also before the start, in seconds since the epoch: no older one is taken. */
  newestIssuedAt: number | null;
  /** From when the age of what is active counts, by both clocks; null: it counts from the next opening. */
  since: { readonly at: number; readonly monotonic: number } | null;
}

export function remembered(): Remembered {
  return { newestIssuedAt: null, since: null };
}
