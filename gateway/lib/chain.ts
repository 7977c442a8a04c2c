/** An item has its neighbours itself, in the one chain that it is in. */
export interface Chained {
  before?: Chained | null | undefined;
  after?: Chained | null | undefined;
}

/**
 * A set of objects that come and go with each call. A `Set` makes a new table every few of them; one that has got old keeps the next alive,
 * with all that is reachable from it, until all memory is collected, and collections of young objects cost ten times as much.
 */
export class Chain<Item extends Chained & object> implements Iterable<Item> {
  #first: Chained | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(item: Item): void {
    if (item.before !== undefined) return;
    const after = this.#first;
    item.before = null;
    item.after = after;
    if (after !== null) after.before = item;
    this.#first = item;
    this.#size += 1;
  }

  delete(item: Item): void {
    const { before, after } = item;
    if (before === undefined || after === undefined) return;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after !== null) after.before = before;
    [item.before, item.after] = [undefined, undefined];
    this.#size -= 1;
  }

  /** None may be deleted meanwhile. */
  *[Symbol.iterator](): Iterator<Item> {
    for (let item = this.#first; item !== null; item = item.after ?? null) yield item as Item;
  }
}
