/** An item has its neighbours itself, in the one chain that it is in. */
export interface Chained {
  before?: Chained | null | undefined;
  after?: Chained | null | undefined;
}

/**
 * A set of objects that come and go with each call, the oldest first. A `Set` makes a new table every few of them; one that has got old
 * keeps the next alive, with all that is reachable from it, until all memory is collected, and collections of young objects cost ten
 * times as much.
 */
export class Chain<Item extends Chained & object> implements Iterable<Item> {
  #oldest: Chained | null = null;
  #youngest: Chained | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** What is in it already stays where it is. */
  add(item: Item): void {
    if (item.before !== undefined) return;
    const before = this.#youngest;
    item.before = before;
    item.after = null;
    if (before === null) this.#oldest = item;
    else before.after = item;
    this.#youngest = item;
    this.#size += 1;
  }

  delete(item: Item): void {
    const { before, after } = item;
    if (before === undefined || after === undefined) return;
    if (before === null) this.#oldest = after;
    else before.after = after;
    if (after === null) this.#youngest = before;
    else after.before = before;
    [item.before, item.after] = [undefined, undefined];
    this.#size -= 1;
  }

  /** Any may be deleted meanwhile. */
  *[Symbol.iterator](): Iterator<Item> {
    for (let item = this.#oldest; item !== null;) {
      const next = item.after ?? null;
      yield item as Item;
      // Of one that was deleted the next is known from before, unless that has gone as well.
      if (item.before !== undefined) item = item.after ?? null;
      else item = next?.before === undefined ? null : next;
    }
  }
}
