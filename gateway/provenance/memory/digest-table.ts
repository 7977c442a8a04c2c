import type { Block } from "./block.ts";
import type { Ages } from "./events.ts";
import { type Layout, mostGranted } from "./layout.ts";
import { scaled } from "./scaled.ts";

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

/** Digests, and flags and event of each; 0 is an empty place. */
interface Digests {
  readonly hi: Uint32Array;
  readonly lo: Uint32Array;
  readonly meta: Uint16Array;
}

/**
 * 64-bit digests with flags and the event in which each was met last. In open addressing with linear probing, where those of a run stand
 * in the order of the places that they would have alone (Celis, "Robin Hood hashing", 1986): so a search in a table that is nearly full
 * ends soon. When it is full, the quarter that was met longest ago goes.
 */
export class DigestTable {
  readonly #block: Block;
  #count = 0;

  /** @param block of which the table is empty */
  constructor(block: Block) {
    this.#block = block;
  }

  get count(): number {
    return this.#count;
  }

  /** Flags and event; 0 when it is not there. */
  metaOf(hi: number, lo: number): number {
    const place = this.#placeOf(hi, lo);
    return place < 0 ? 0 : (this.#block.u16[this.#block.meta + place] as number);
  }

  /**
   * Adds flags, and notes the event.
   * @returns whether others had to go
   */
  add(hi: number, lo: number, flags: number, event: number, ages: Ages): boolean {
    const block = this.#block;
    const place = this.#placeOf(hi, lo);
    if (place >= 0) {
      const at = block.meta + place;
      block.u16[at] = ((((block.u16[at] as number) >>> eventBits) | flags) << eventBits) | event;
      return false;
    }
    const makesRoom = this.#count >= mostGranted;
    if (makesRoom) this.#put(this.#left(ages));
    else if (this.#count >= block.room) this.#grow();
    this.#insert(hi, lo, (flags << eventBits) | event);
    return makesRoom;
  }

  /** What was met in an event of which nothing is known any more. */
  forgetEvent(event: number): void {
    const { u16, meta, slots } = this.#block;
    for (let at = meta; at < meta + slots; at += 1)
      if (((u16[at] as number) & eventMask) === event) u16[at] = (u16[at] as number) & ~eventMask;
  }

  get #digests(): Digests {
    const { u32, u16, hi, lo, meta, slots } = this.#block;
    return { hi: u32.slice(hi, hi + slots), lo: u32.slice(lo, lo + slots), meta: u16.slice(meta, meta + slots) };
  }

  /** Takes in digests from the store. @returns false, with no change, for more than a table has at most, which none has written */
  fill({ grantedHi: hi, grantedLo: lo, grantedMeta: meta }: Layout): boolean {
    let count = 0;
    for (const one of meta) if (one !== 0) count += 1;
    if (count > mostGranted) return false;
    while (count > this.#block.room) this.#block.grow();
    this.#put({ hi, lo, meta });
    return true;
  }

  /** Writes all of it as it is in the store. */
  give({ grantedHi, grantedLo, grantedMeta }: Layout): void {
    const { hi, lo, meta } = this.#digests;
    for (let from = 0; from < meta.length; from += 1) {
      if (meta[from] === 0) continue;
      let at = scaled(lo[from] as number, grantedMeta.length);
      while (grantedMeta[at] !== 0) at = at + 1 === grantedMeta.length ? 0 : at + 1;
      grantedHi[at] = hi[from] as number;
      grantedLo[at] = lo[from] as number;
      grantedMeta[at] = meta[from] as number;
    }
  }

  #grow(): void {
    const digests = this.#digests;
    this.#block.grow();
    this.#put(digests);
  }

  /** These and no others. */
  #put({ hi, lo, meta }: Digests): void {
    const block = this.#block;
    block.u16.fill(0, block.meta, block.meta + block.slots);
    this.#count = 0;
    for (let at = 0; at < meta.length; at += 1)
      if (meta[at] !== 0) this.#insert(hi[at] as number, lo[at] as number, meta[at] as number);
  }

  /** Below 0 when it is not there. */
  #placeOf(hi: number, lo: number): number {
    const { u32, u16, slots, hi: his, lo: los, meta } = this.#block;
    let at = scaled(lo, slots);
    for (let far = 0; u16[meta + at] !== 0; far += 1) {
      const its = u32[los + at] as number;
      if (its === lo && u32[his + at] === hi) return at;
      if (far > distance(its, at, slots)) return -1;
      at = at + 1 === slots ? 0 : at + 1;
    }
    return -1;
  }

  /** One that is not there. */
  #insert(hi: number, lo: number, meta: number): void {
    const { u32, u16, slots, hi: his, lo: los, meta: metas } = this.#block;
    let at = scaled(lo, slots);
    for (let far = 0; u16[metas + at] !== 0 && distance(u32[los + at] as number, at, slots) >= far; far += 1)
      at = at + 1 === slots ? 0 : at + 1;
    let end = at;
    while (u16[metas + end] !== 0) end = end + 1 === slots ? 0 : end + 1;
    // The rest of the run moves by one place.
    while (end !== at) {
      const from = end === 0 ? slots - 1 : end - 1;
      u32[his + end] = u32[his + from] as number;
      u32[los + end] = u32[los + from] as number;
      u16[metas + end] = u16[metas + from] as number;
      end = from;
    }
    u32[his + at] = hi;
    u32[los + at] = lo;
    u16[metas + at] = meta;
    this.#count += 1;
  }

  /** What stays. By counting, not by sorting: an answer with thousands of addresses comes here again and again. */
  #left(ages: Ages): Digests {
    const digests = this.#digests;
    this.#dropOldest(digests.meta, ages);
    return digests;
  }

  /**
   * Empties the places of a quarter, evenly among those of one rank: were they neighbours, what is left would stand so close that each
   * search passed hundreds of others.
   */
  #dropOldest(metas: Uint16Array, ages: Ages): void {
    const ranks = new Uint8Array(metas.length);
    const counts = new Uint16Array(mostRanks);
    for (let at = 0; at < metas.length; at += 1) {
      if (metas[at] === 0) continue;
      const rank = rankOf(metas[at] as number, ages);
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

/** How far from the place that it would have alone a digest stands. */
function distance(lo: number, at: number, slots: number): number {
  const far = at - scaled(lo, slots);
  return far < 0 ? far + slots : far;
}

export function flagsOf(meta: number): number {
  return meta >>> eventBits;
}

export function eventOf(meta: number): number {
  return meta & eventMask;
}

/** One for each age, and as many above them for what is lasting. */
const mostRanks = 2 * (eventMask + 1);

function rankOf(meta: number, ages: Ages): number {
  return ages.age(eventOf(meta)) + ((flagsOf(meta) & lasting) === 0 ? 0 : mostRanks / 2);
}
