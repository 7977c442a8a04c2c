/** Places of a bucket. */
const ways = 4;

/**
 * A set that may say yes by mistake (about once in 8,000 questions when it is full), never no of what is in it: 16 bits of each
 * digest, in one of two buckets (Fan and others, "Cuckoo filter", 2014, without moving). For what only restricts: a mistake
 * asks a person once more. When both buckets are full, the one that came first goes.
 */
export class Fingerprints {
  readonly #prints: Uint16Array;
  readonly #events: Uint8Array | null;
  readonly #buckets: number;
  #victim = 0;
  #isEmpty: boolean;

  /** @param events in which each was met last; null where nobody asks */
  constructor(prints: Uint16Array, events: Uint8Array | null = null) {
    this.#prints = prints;
    this.#events = events;
    this.#buckets = prints.length / ways;
    this.#isEmpty = prints.every((print) => print === 0);
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  has(hi: number, lo: number): boolean {
    return this.#placeOf(hi, lo) >= 0;
  }

  /** The event in which it was met last; null when it is not there. */
  eventOf(hi: number, lo: number): number | null {
    const place = this.#placeOf(hi, lo);
    return place < 0 ? null : (this.#events?.[place] ?? 0);
  }

  /** @param age of an event: the smaller, the longer ago. @returns whether another one had to go */
  add(hi: number, lo: number, event = 0, age: (event: number) => number = noAge): boolean {
    const print = printOf(hi, lo);
    const first = this.#bucketOf(lo);
    const second = this.#bucketOf(hi);
    let place = this.#placeIn(first, second, print);
    let lost = false;
    if (place < 0) place = this.#emptyPlace(first, second);
    if (place < 0) {
      place = this.#victimOf(first, second, age);
      lost = true;
    }
    this.#prints[place] = print;
    this.#isEmpty = false;
    if (this.#events !== null) this.#events[place] = event;
    return lost;
  }

  forgetEvent(event: number): void {
    const events = this.#events;
    if (events === null) return;
    for (let at = events.indexOf(event); at >= 0; at = events.indexOf(event, at + 1)) events[at] = 0;
  }

  #placeOf(hi: number, lo: number): number {
    return this.#placeIn(this.#bucketOf(lo), this.#bucketOf(hi), printOf(hi, lo));
  }

  #placeIn(first: number, second: number, print: number): number {
    const prints = this.#prints;
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
    let at = bucket;
    while (at < bucket + ways && this.#prints[at] !== 0) at += 1;
    return at;
  }

  #victimOf(first: number, second: number, age: (event: number) => number): number {
    const events = this.#events;
    this.#victim = (this.#victim + 1) & 0xff;
    if (events === null) return ((this.#victim & ways) === 0 ? first : second) + (this.#victim & (ways - 1));
    let oldest = first;
    let least = age(events[first] as number);
    for (let way = 1; way < 2 * ways; way += 1) {
      const at = way < ways ? first + way : second + way - ways;
      const its = age(events[at] as number);
      if (its >= least) continue;
      oldest = at;
      least = its;
    }
    return oldest;
  }

  /** @param half signed or not */
  #bucketOf(half: number): number {
    return Math.floor(((half >>> 0) * this.#buckets) / 0x1_0000_0000) * ways;
  }
}

const noAge = (): number => 0;

/** Never 0, which is an empty place. The upper bits say which buckets, the lower ones are the print. */
function printOf(hi: number, lo: number): number {
  return (hi ^ (lo << 3) ^ (lo >>> 5)) & 0xffff || 1;
}
