import { OrderedSet } from "../lib/caches.ts";
import type { Clock } from "./ports.ts";

export interface FairShareOptions<Value> {
  /** Entries in all; see `placesOf`. */
  readonly capacity: number;
  /** Entries of one asker. */
  readonly perAsker: number;
  /** Entries expire by the monotonic clock, so a changed wall clock has no effect. */
  readonly clock: Pick<Clock, "monotonic">;
  /**
   * What happens to an asker who has its share, and to the greediest one when there is no room for somebody else's entry.
   * "forget": its oldest entry is dropped. "refuse", for counts and used proofs, where a forgotten entry would allow
   * something: an asker with its share gets no new entry, and neither does one that lost entries to others, for as long as
   * these would have lived.
   */
  readonly full: "forget" | "refuse";
  /**
   * How many places of the capacity and of a share a value takes, a small whole number; one when absent. Where values differ
   * much in size, this bounds their bytes. Only with "forget".
   */
  readonly placesOf?: (value: Value) => number;
  /** Called with each value that is dropped to make room. */
  readonly dropped?: (value: Value) => void;
}

/** A unit of capacity that is taken until it expires. */
interface Place {
  readonly until: number;
  readonly tick: number;
  /** Of one that never expires nothing is called, and no function is made. */
  expire: () => void;
}

interface Entry<Value> extends Place {
  readonly key: string;
  readonly asker: Asker<Value>;
  readonly value: Value;
  /** Places that it takes. */
  readonly places: number;
}

interface Asker<Value> {
  readonly name: string;
  /** Oldest first. */
  readonly entries: OrderedSet<Entry<Value>>;
  /** Places of the entries. */
  taken: number;
  /** Represents the entries that this asker lost to others. */
  bar: Place | null;
  /** As counted in `#byPlaces`. */
  places: number;
}

const nothing = (): void => undefined;

/** Interval of the search for expired entries, in milliseconds. */
const tickMs = 250;

/** Most entries that one operation removes because they have expired: many that expire together must not hold up a call. */
const mostExpired = 1_000;

/**
 * Values by key in bounded memory that no asker can use up. Each value counts against the asker that added it; an asker has at
 * most its share, and when all places are taken, the asker with the most entries loses one. Each operation is O(1), amortised.
 */
export class FairShare<Value> {
  readonly #options: FairShareOptions<Value>;
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #askers = new Map<string, Asker<Value>>();
  readonly #byPlaces = new Map<number, OrderedSet<Asker<Value>>>();
  readonly #byTick = new Map<number, Set<Place>>();
  #size = 0;
  #mostPlaces = 0;
  #tick = Number.NEGATIVE_INFINITY;

  constructor(options: FairShareOptions<Value>) {
    this.#options = options;
  }

  /** Number of places taken, by entries and by representatives of lost entries. */
  get size(): number {
    this.#expire();
    return this.#size;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || entry.until <= this.#options.clock.monotonic() ? undefined : entry.value;
  }

  /** All values, in no order. */
  *values(): Iterable<Value> {
    const now = this.#options.clock.monotonic();
    for (const { value, until } of this.#entries.values()) if (until > now) yield value;
  }

  /** Keeps a value for `lifetimeMs`, instead of what the key held; false when the asker may have no further entry. */
  set(asker: string, key: string, value: Value, lifetimeMs = Infinity): boolean {
    this.#expire();
    const places = this.#options.placesOf?.(value) ?? 1;
    const before = this.#entries.get(key);
    const replaces = before?.asker.name === asker;
    // One that grows is removed first: else it would be counted twice, and displace more than it takes.
    if (replaces && before.places < places) this.#remove(before);
    if ((!replaces || before.places < places) && !this.#makeRoom(this.#askerOf(asker), places)) return false;
    this.delete(key);
    const owner = this.#askerOf(asker);
    const { until, tick } = this.#ending(lifetimeMs);
    const entry: Entry<Value> = { key, asker: owner, value, places, until, tick, expire: nothing };
    if (until !== Infinity) this.#endWith(entry);
    this.#entries.set(key, entry);
    owner.entries.add(entry);
    owner.taken += places;
    this.#begin(entry);
    this.#count(owner);
    return true;
  }

  /** Makes an entry the youngest of its asker. */
  touch(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.asker.entries.add(entry);
  }

  /** As `get`, of whoever uses the value: its entry becomes the youngest of its asker. */
  use(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.until <= this.#options.clock.monotonic()) return undefined;
    entry.asker.entries.add(entry);
    return entry.value;
  }

  /** Removes an entry and returns its value; undefined when there is none, or it has expired. */
  take(key: string): Value | undefined {
    const value = this.get(key);
    this.delete(key);
    return value;
  }

  /** Removes the oldest entry of all and returns its value. */
  takeOldest(): Value | undefined {
    this.#expire();
    const [oldest] = this.#entries.values();
    if (oldest !== undefined) this.#remove(oldest);
    return oldest?.value;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#remove(entry);
  }

  #endWith(entry: Entry<Value>): void {
    entry.expire = () => this.#remove(entry);
  }

  #askerOf(name: string): Asker<Value> {
    return this.#askers.get(name) ?? { name, entries: new OrderedSet(), taken: 0, bar: null, places: 0 };
  }

  #makeRoom(asker: Asker<Value>, places: number): boolean {
    const { capacity, perAsker, full } = this.#options;
    if (full === "forget") {
      while (asker.taken > 0 && asker.taken + places > perAsker) this.#drop(asker);
      while (this.#size > 0 && this.#size + places > capacity) this.#drop(this.#greediest());
      return true;
    }
    const greediest = this.#size < capacity ? undefined : this.#greediest();
    this.#expireOf(asker);
    if (asker.bar !== null || asker.entries.size >= perAsker) return false;
    return greediest === undefined || (greediest !== asker && this.#fold(greediest));
  }

  #greediest(): Asker<Value> | undefined {
    return this.#byPlaces.get(this.#mostPlaces)?.oldest;
  }

  /** Merges two places of an asker into one that represents both. False when no asker has two. */
  #fold(greediest: Asker<Value>): boolean {
    if (greediest.places < 2) return false;
    const lost = [greediest.bar ?? this.#drop(greediest), this.#drop(greediest)];
    const lifetimeMs = Math.max(...lost.map((place) => place?.until ?? 0)) - this.#options.clock.monotonic();
    if (greediest.bar !== null) this.#end(greediest.bar);
    const bar = { ...this.#ending(lifetimeMs), expire: () => this.#lift(greediest) };
    greediest.bar = bar;
    this.#begin(bar);
    this.#count(greediest);
    return true;
  }

  #drop(asker: Asker<Value> | undefined): Entry<Value> | undefined {
    const oldest = asker?.entries.oldest;
    if (oldest === undefined) return undefined;
    this.#remove(oldest);
    this.#options.dropped?.(oldest.value);
    return oldest;
  }

  #lift(asker: Asker<Value>): void {
    if (asker.bar !== null) this.#end(asker.bar);
    asker.bar = null;
    this.#count(asker);
  }

  #remove(entry: Entry<Value>): void {
    this.#entries.delete(entry.key);
    entry.asker.entries.delete(entry);
    entry.asker.taken -= entry.places;
    this.#end(entry);
    this.#count(entry.asker);
  }

  /** Brings the counts up to date after an asker's places have changed. */
  #count(asker: Asker<Value>): void {
    const now = asker.taken + (asker.bar === null ? 0 : 1);
    const before = asker.places;
    this.#size += now - before;
    leave(this.#byPlaces, before, asker);
    asker.places = now;
    if (now > 0) {
      join(this.#byPlaces, now, asker, () => new OrderedSet());
      this.#askers.set(asker.name, asker);
    } else this.#askers.delete(asker.name);
    this.#mostPlaces = Math.max(this.#mostPlaces, now);
    while (this.#mostPlaces > 0 && !this.#byPlaces.has(this.#mostPlaces)) this.#mostPlaces--;
  }

  #ending(lifetimeMs: number): Pick<Place, "until" | "tick"> {
    const until = this.#options.clock.monotonic() + lifetimeMs;
    return { until, tick: Math.max(Math.ceil(until / tickMs), this.#tick + 1) };
  }

  #begin(place: Place): void {
    if (place.until !== Infinity) join(this.#byTick, place.tick, place, () => new Set());
  }

  #end(place: Place): void {
    leave(this.#byTick, place.tick, place);
  }

  #expire(): void {
    const tick = Math.floor(this.#options.clock.monotonic() / tickMs);
    if (tick <= this.#tick) return;
    const passed = tick - this.#tick;
    const due =
      passed < this.#byTick.size
        ? Array.from({ length: passed }, (_, index) => tick - index)
        : [...this.#byTick.keys()].filter((each) => each <= tick);
    let left = mostExpired;
    for (const each of due)
      for (const place of this.#byTick.get(each) ?? []) {
        // The next operation goes on with the rest.
        if (left-- === 0) return;
        place.expire();
      }
    this.#tick = tick;
  }

  /** Entries that have expired take no part of the asker's share, also when their turn to be removed has not come. */
  #expireOf(asker: Asker<Value>): void {
    const now = this.#options.clock.monotonic();
    if (asker.bar !== null && asker.bar.until <= now) this.#lift(asker);
    for (let oldest = asker.entries.oldest; oldest !== undefined && oldest.until <= now; oldest = asker.entries.oldest)
      this.#remove(oldest);
  }
}

interface Group<T> {
  readonly size: number;
  add(item: T): unknown;
  delete(item: T): boolean;
}

function join<T, G extends Group<T>>(groups: Map<number, G>, at: number, item: T, make: () => G): void {
  const group = groups.get(at) ?? make();
  group.add(item);
  groups.set(at, group);
}

function leave<T>(groups: Map<number, Group<T>>, at: number, item: T): void {
  const group = groups.get(at);
  if (group?.delete(item) === true && group.size === 0) groups.delete(at);
}
