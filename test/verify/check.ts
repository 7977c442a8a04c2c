/** One claim put to the proof: how often it was tried, and every time that it did not hold. */
export interface Check {
  readonly name: string;
  /** How often it is tried in the full run, and in the slice that is part of the tests. */
  readonly full: number;
  readonly quick: number;
  run(context: CheckContext): Promise<Tried>;
}

export interface CheckContext {
  readonly count: number;
  readonly random: Random;
  /** Tells on standard error how far it is; cheap to call often. */
  progress(done: number): void;
}

export interface Tried {
  readonly count: number;
  /** Sentences; empty when the claim held. */
  readonly failures: readonly string[];
  /** Figures that are worth reading beside the verdict. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** Keeps the first failures in words and the number of all: a broken defence fails a hundred thousand times. */
export class Failures {
  readonly #kept: string[] = [];
  #more = 0;

  add(failure: string): void {
    if (this.#kept.length < 20) this.#kept.push(failure.slice(0, 400));
    else this.#more++;
  }

  list(): string[] {
    return this.#more === 0 ? this.#kept : [...this.#kept, `and ${this.#more} more`];
  }
}

/** Chance that can be had again from its seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 ≤ x < 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }
}
