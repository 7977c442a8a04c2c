import type { Block } from "./block.ts";
import type { Ages } from "./events.ts";
import { scaled } from "./scaled.ts";

/** Places of a bucket. */
const ways = 4;

/** Where in a block the prints of a set stand. */
export interface FingerprintPart {
  readonly prints: number;
  readonly length: number;
  /** Where the events stand in which each was met last; null where nobody asks. */
  readonly events: number | null;
  /** Where it stands whether there are any, and which one goes next when there is no room. */
  readonly state: number;
}

/** Of the state; below it the number of those that had to go. */
const notEmpty = 0x100;

/**
 * A set that may say yes by mistake (about once in 8,000 questions when it is full), never no of what is in it: 16 bits of each
 * digest, in one of two buckets (Fan and others, "Cuckoo filter", 2014, without moving). For what only restricts: a mistake
 * asks a person once more. When both buckets are full, the one that came first goes.
 */
export class Fingerprints {
  readonly #block: Block;
  readonly #part: FingerprintPart;

  constructor(block: Block, part: FingerprintPart) {
    this.#block = block;
    this.#part = part;
  }

  get isEmpty(): boolean {
    return this.#block.u32[this.#part.state] === 0;
  }

  /** Finds out whether there are any, after prints were written into the block from the store. */
  filled(): void {
    const { prints, length, state } = this.#part;
    const { u16, u32 } = this.#block;
    let at = prints;
    while (at < prints + length && u16[at] === 0) at += 1;
    u32[state] = at === prints + length ? 0 : notEmpty;
  }

  has(hi: number, lo: number): boolean {
    return this.#placeOf(hi, lo) >= 0;
  }

  /** The event in which it was met last; null when it is not there. */
  eventOf(hi: number, lo: number): number | null {
    const place = this.#placeOf(hi, lo);
    const { events, prints } = this.#part;
    if (place < 0) return null;
    return events === null ? 0 : (this.#block.u8[events + place - prints] as number);
  }

  /** @returns whether another one had to go */
  add(hi: number, lo: number, event = 0, ages: Ages = noAges): boolean {
    const print = printOf(hi, lo);
    const first = this.#bucketOf(lo);
    const second = this.#bucketOf(hi);
    let place = this.#placeIn(first, second, print);
    let lost = false;
    if (place < 0) place = this.#emptyPlace(first, second);
    if (place < 0) {
      place = this.#victimOf(first, second, ages);
      lost = true;
    }
    const { events, prints, state } = this.#part;
    const { u16, u32 } = this.#block;
    u16[place] = print;
    u32[state] = (u32[state] as number) | notEmpty;
    if (events !== null) this.#block.u8[events + place - prints] = event;
    return lost;
  }

  forgetEvent(event: number): void {
    const { events: first, length } = this.#part;
    if (first === null) return;
    const events = this.#block.u8.subarray(first, first + length);
    for (let at = events.indexOf(event); at >= 0; at = events.indexOf(event, at + 1)) events[at] = 0;
  }

  #placeOf(hi: number, lo: number): number {
    return this.#placeIn(this.#bucketOf(lo), this.#bucketOf(hi), printOf(hi, lo));
  }

  #placeIn(first: number, second: number, print: number): number {
    const prints = this.#block.u16;
    for (let at = first; at < first + ways; at += 1) if (prints[at] === print) return at;
    for (let at = second; at < second + ways; at += 1) if (prints[at] === print) return at;
    return -1;
  }

  /** In the bucket with more room; -1 when there is none. */
  #emptyPlace(first: number, second: number): number {
    const one = this.#firstEmpty(first);
    const other = this.#firstEmpty(second);
    if (one - first < ways || other - second < ways) return one - first <= other - second ? one : other;
    return -1;
  }

  #firstEmpty(bucket: number): number {
    const prints = this.#block.u16;
    let at = bucket;
    while (at < bucket + ways && prints[at] !== 0) at += 1;
    return at;
  }

  #victimOf(first: number, second: number, ages: Ages): number {
    const { events, prints, state } = this.#part;
    const { u8, u32 } = this.#block;
    const victim = ((u32[state] as number) + 1) & 0xff;
    u32[state] = victim | notEmpty;
    if (events === null) return ((victim & ways) === 0 ? first : second) + (victim & (ways - 1));
    let oldest = first;
    let least = ages.age(u8[events + first - prints] as number);
    for (let way = 1; way < 2 * ways; way += 1) {
      const at = way < ways ? first + way : second + way - ways;
      const its = ages.age(u8[events + at - prints] as number);
      if (its >= least) continue;
      oldest = at;
      least = its;
    }
    return oldest;
  }

  /** @param half signed or not */
  #bucketOf(half: number): number {
    const { prints, length } = this.#part;
    return prints + scaled(half, length / ways) * ways;
  }
}

const noAges: Ages = { age: () => 0 };

/** Never 0, which is an empty place. The upper bits say which buckets, the lower ones are the print. */
function printOf(hi: number, lo: number): number {
  return (hi ^ (lo << 3) ^ (lo >>> 5)) & 0xffff || 1;
}
