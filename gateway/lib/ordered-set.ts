interface Link<Item> {
  readonly item: Item;
  before: Link<Item> | null;
  after: Link<Item> | null;
}

/**
 * A set whose oldest item is found at once. A `Set` keeps the places of deleted items until it grows, so that finding its
 * first item after many deletions walks over all of them.
 */
export class OrderedSet<Item> {
  readonly #links = new Map<Item, Link<Item>>();
  #oldest: Link<Item> | null = null;
  #youngest: Link<Item> | null = null;

  get size(): number {
    return this.#links.size;
  }

  get oldest(): Item | undefined {
    return this.#oldest?.item;
  }

  /** As the youngest, also when it was in the set before. */
  add(item: Item): void {
    this.delete(item);
    const link = { item, before: this.#youngest, after: null };
    if (this.#youngest === null) this.#oldest = link;
    else this.#youngest.after = link;
    this.#youngest = link;
    this.#links.set(item, link);
  }

  delete(item: Item): boolean {
    const link = this.#links.get(item);
    if (link === undefined) return false;
    const { before, after } = link;
    if (before === null) this.#oldest = after;
    else before.after = after;
    if (after === null) this.#youngest = before;
    else after.before = before;
    return this.#links.delete(item);
  }
}
