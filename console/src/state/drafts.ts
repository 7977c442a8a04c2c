const leftPrefix = "sallyport.left ";
/** As long as a sign-in at a provider may take. */
const leftMs = 10 * 60_000;

type TabStorage = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

interface Left {
  readonly writer: string | null;
  readonly at: number;
  readonly text: string;
}

/**
 * Reasons that a person is writing, by the digest of the call: in the memory of this page, for as long as it is open. A way to a
 * provider leaves the page; for that one the reason is in the tab's own storage, until the call is shown again to the same person.
 */
export class Drafts {
  readonly #storage: () => TabStorage;
  readonly #now: () => number;
  readonly #texts = new Map<string, string>();
  #writer: string | null = null;

  /** `now`: in milliseconds. */
  constructor(storage: () => TabStorage, now: () => number) {
    this.#storage = storage;
    this.#now = now;
  }

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
    const storage = this.#storage();
    const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? "");
    for (const key of keys) if (key.startsWith(leftPrefix)) storage.removeItem(key);
  }

  /** The browser goes to a provider. */
  leave(digest: string, text: string): void {
    const left: Left = { writer: this.#writer, at: this.#now(), text };
    this.#storage().setItem(leftPrefix + digest, JSON.stringify(left));
  }

  /** Takes what was left out of the storage; it is kept where the same person left it in the last ten minutes. */
  takeLeft(digest: string): void {
    const storage = this.#storage();
    const kept = storage.getItem(leftPrefix + digest);
    storage.removeItem(leftPrefix + digest);
    if (kept === null) return;
    const { writer, at, text } = JSON.parse(kept) as Left;
    if (writer === this.#writer && this.#now() - at < leftMs) this.keep(digest, text);
  }

  get isEmpty(): boolean {
    return this.#texts.size === 0;
  }
}

export const drafts = new Drafts(() => sessionStorage, Date.now);
