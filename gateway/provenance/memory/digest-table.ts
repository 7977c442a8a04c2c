/** What a digest of the table is known as; the bits are kept. */
export const grant = {
  /** From a result that no third party writes, or a trusted field of any. */
  trusted: 1,
  /** An address that stood in a text of a call which people let through. */
  shown: 2,
  approved: 4,
  created: 8,
  /** A secret of a private result. */
  secret: 16,
  /** The task identifies what it came in. */
  identified: 32,
  /** One of the site's own people has written it. */
  people: 64,
  /** Of a secret: untrusted text has named what it came in. */
  led: 64,
  /** From a field that the person has filled in. */
  own: 128,
} as const;

/** Kept when room is made, as long as there is other that can go: people said so, or the session made it. */
const lasting = grant.approved | grant.created;

const eventBits = 7;
const eventMask = (1 << eventBits) - 1;

/** Where the digests stand, and how many there are. */
export interface DigestColumns {
  readonly hi: Uint32Array;
  readonly lo: Uint32Array;
  /** Flags and event; 0 is an empty place. */
  readonly meta: Uint16Array;
}

/**
 * 64-bit digests with flags and the event in which each was met last, in open addressing with linear probing (Knuth, TAOCP
 * vol. 3, §6.4). When it is full, the quarter that was met longest ago goes.
 */
export class DigestTable {
  readonly #columns: DigestColumns;
  readonly #most: number;
  #count: number;

  constructor(columns: DigestColumns) {
    this.#columns = columns;
    this.#most = Math.floor(columns.meta.length * 0.85);
    this.#count = columns.meta.reduce((count, meta) => count + (meta === 0 ? 0 : 1), 0);
    // No table is ever fuller; a search in a full one would not end.
    if (this.#count <= this.#most) return;
    columns.meta.fill(0);
    this.#count = 0;
  }

  get count(): number {
    return this.#count;
  }

  /** Flags and event; 0 when it is not there. */
  metaOf(hi: number, lo: number): number {
    return this.#columns.meta[this.#placeOf(hi, lo)] as number;
  }

  /**
   * Adds flags, and notes the event. @param age of an event: the smaller, the longer ago
   * @returns whether others had to go
   */
  add(hi: number, lo: number, flags: number, event: number, age: (event: number) => number): boolean {
    let place = this.#placeOf(hi, lo);
    const known = this.#columns.meta[place] as number;
    const makesRoom = known === 0 && this.#count >= this.#most;
    if (makesRoom) {
      this.#makeRoom(age);
      place = this.#placeOf(hi, lo);
    }
    if (known === 0) this.#count += 1;
    this.#put(place, hi, lo, (((known >>> eventBits) | flags) << eventBits) | event);
    return makesRoom;
  }

  /** What was met in an event of which nothing is known any more. */
  forgetEvent(event: number): void {
    const { meta } = this.#columns;
    for (let at = 0; at < meta.length; at += 1)
      if (((meta[at] as number) & eventMask) === event) meta[at] = (meta[at] as number) & ~eventMask;
  }

  #placeOf(hi: number, lo: number): number {
    const { hi: his, lo: los, meta } = this.#columns;
    const length = meta.length;
    let at = Math.floor((lo * length) / 0x1_0000_0000);
    while (meta[at] !== 0 && (los[at] !== lo || his[at] !== hi)) at = at + 1 === length ? 0 : at + 1;
    return at;
  }

  #put(place: number, hi: number, lo: number, meta: number): void {
    const columns = this.#columns;
    columns.hi[place] = hi;
    columns.lo[place] = lo;
    columns.meta[place] = meta;
  }

  /** By counting, not by sorting: an answer with thousands of addresses comes here again and again. */
  #makeRoom(age: (event: number) => number): void {
    const { hi, lo, meta } = this.#columns;
    const [his, los, metas] = [hi.slice(), lo.slice(), meta.slice()];
    this.#dropOldest(metas, age);
    meta.fill(0);
    this.#count = 0;
    for (let at = 0; at < metas.length; at += 1) {
      if (metas[at] === 0) continue;
      const [itsHi, itsLo] = [his[at] as number, los[at] as number];
      this.#put(this.#placeOf(itsHi, itsLo), itsHi, itsLo, metas[at] as number);
      this.#count += 1;
    }
  }

  /**
   * Empties the places of a quarter, evenly among those of one rank: were they neighbours, what is left would stand so close that each
   * search passed hundreds of others.
   */
  #dropOldest(metas: Uint16Array, age: (event: number) => number): void {
    const ranks = new Uint8Array(metas.length);
    const counts = new Uint16Array(mostRanks);
    for (let at = 0; at < metas.length; at += 1) {
      if (metas[at] === 0) continue;
      const rank = rankOf(metas[at] as number, age);
      ranks[at] = rank;
      counts[rank] = (counts[rank] as number) + 1;
    }
    let going = this.#count - Math.floor((this.#count * 3) / 4);
    let last = 0;
    for (; (counts[last] as number) <= going; last += 1) going -= counts[last] as number;
    const ofLast = counts[last] as number;
    let sum = 0;
    for (let at = 0; at < metas.length; at += 1) {
      const rank = ranks[at] as number;
      if (metas[at] === 0 || rank > last) continue;
      if (rank === last) sum += going;
      if (rank === last && sum < ofLast) continue;
      if (rank === last) sum -= ofLast;
      metas[at] = 0;
    }
  }
}

export function flagsOf(meta: number): number {
  return meta >>> eventBits;
}

export function eventOf(meta: number): number {
  return meta & eventMask;
}

/** One for each age, and as many above them for what is lasting. */
const mostRanks = 2 * (eventMask + 1);

function rankOf(meta: number, age: (event: number) => number): number {
  return age(eventOf(meta)) + ((flagsOf(meta) & lasting) === 0 ? 0 : mostRanks / 2);
}
