/**
 * Reasons that a person is writing, by the digest of the call: in the memory of this page, for as long as it is open. A way to a
 * provider leaves the page; for that one `keepDraft` of `use-step-up` keeps the reason in the tab's storage.
 */
export class Drafts {
  readonly #texts = new Map<string, string>();
  #writer: string | null = null;

  /** What another person wrote is forgotten. */
  writtenBy(person: string): void {
    if (this.#writer !== person) this.#texts.clear();
    this.#writer = person;
  }

  keep(digest: string, text: string): void {
    if (text.trim() === "") this.#texts.delete(digest);
    else this.#texts.set(digest, text);
  }

  of(digest: string): string {
    return this.#texts.get(digest) ?? "";
  }

  /** Sent, or given up. */
  drop(digest: string): void {
    this.#texts.delete(digest);
  }

  clear(): void {
    this.#texts.clear();
  }

  get isEmpty(): boolean {
    return this.#texts.size === 0;
  }
}

export const drafts = new Drafts();
