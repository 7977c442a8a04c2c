/**
 * Computes a value once per object and keeps it as long as the object (a WeakMap). Only for values that depend on the
 * object alone and for objects that never change, so nothing has to invalidate them.
 */
export function oncePer<Key extends object, Value extends NonNullable<unknown>>(
  make: (key: Key) => Value,
): (key: Key) => Value {
  const made = new WeakMap<Key, Value>();
  return function of(key) {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

let objects = 0;

/** A number that no other object has: for keys made of several objects. */
export const numberOf = oncePer((_object: object) => (objects += 1));

/**
 * A bounded cache by text, in two generations: an entry that is not read during a whole generation is dropped with it.
 * Nothing else is invalidated, so only values that depend on the key alone belong here. Entries count 1 each, or what `sizeOf` says.
 */
export class Recent<Value> {
  readonly #most: number;
  readonly #sizeOf: (key: string, value: Value) => number;
  /** Of the young generation. */
  #size = 0;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  /** `most`: the size of a generation, about. */
  constructor(most: number, sizeOf: (key: string, value: Value) => number = () => 1) {
    this.#most = most;
    this.#sizeOf = sizeOf;
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: Value): void {
    if (this.#size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#size = 0;
    }
    const before = this.#young.get(key);
    this.#size += this.#sizeOf(key, value) - (before === undefined ? 0 : this.#sizeOf(key, before));
    this.#young.set(key, value);
  }
}

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
    const known = this.#links.get(item);
    if (known !== undefined && known === this.#youngest) return;
    if (known !== undefined) this.#unlink(known);
    const link: Link<Item> = known ?? { item, before: null, after: null };
    link.before = this.#youngest;
    if (this.#youngest === null) this.#oldest = link;
    else this.#youngest.after = link;
    this.#youngest = link;
    if (known === undefined) this.#links.set(item, link);
  }

  delete(item: Item): boolean {
    const link = this.#links.get(item);
    if (link === undefined) return false;
    this.#unlink(link);
    return this.#links.delete(item);
  }

  /** Leaves the link without neighbours: an old one would keep them alive, and they theirs, until all memory is collected. */
  #unlink(link: Link<Item>): void {
    const { before, after } = link;
    if (before === null) this.#oldest = after;
    else before.after = after;
    if (after === null) this.#youngest = before;
    else after.before = before;
    [link.before, link.after] = [null, null];
  }
}
