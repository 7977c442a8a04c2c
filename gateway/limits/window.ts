import { stretchMs } from "../domain/limit.ts";

/** How amounts are added up: numbers for calls, big integers for exact decimals. */
export interface Arithmetic<Amount extends number | bigint> {
  readonly zero: Amount;
  readonly plus: (one: Amount, other: Amount) => Amount;
  readonly minus: (one: Amount, other: Amount) => Amount;
}

export const wholeNumbers: Arithmetic<number> = {
  zero: 0,
  plus: (one, other) => one + other,
  minus: (one, other) => one - other,
};

export const bigNumbers: Arithmetic<bigint> = {
  zero: 0n,
  plus: (one, other) => one + other,
  minus: (one, other) => one - other,
};

/** What was taken within one stretch of time. */
interface Slot<Amount> {
  readonly from: number;
  /** The latest of it. */
  to: number;
  amount: Amount;
}

/**
 * What was taken in the last `lengthMs`: never more than was asked for in any time of that length. A window of few amounts keeps
 * each by itself and is exact to the millisecond; of many, those of a thirty-second of its length are one, which counts until
 * its latest is gone. So it may refuse for that much longer, and never lets more through. Times on the monotonic clock.
 */
export class Window<Amount extends number | bigint> {
  readonly #lengthMs: number;
  readonly #stretchMs: number;
  readonly #arithmetic: Arithmetic<Amount>;
  /** Oldest first. */
  readonly #slots: Slot<Amount>[] = [];
  #total: Amount;

  /** `most`: how many amounts it can hold at most, as far as that is known. */
  constructor(lengthMs: number, most: number, arithmetic: Arithmetic<Amount>) {
    this.#lengthMs = lengthMs;
    this.#stretchMs = stretchMs(lengthMs, most);
    this.#arithmetic = arithmetic;
    this.#total = arithmetic.zero;
  }

  /** How long until `amount` more fits below `max`, in milliseconds; 0: it does now. Infinity: it never does. */
  roomIn(now: number, amount: Amount, max: Amount): number {
    this.#forget(now);
    const { plus, minus } = this.#arithmetic;
    let wanted = plus(this.#total, amount);
    if (wanted <= max) return 0;
    for (const slot of this.#slots) {
      wanted = minus(wanted, slot.amount);
      if (wanted <= max) return slot.to + this.#lengthMs - now;
    }
    return Infinity;
  }

  /** @returns what to give `giveBack` */
  take(now: number, amount: Amount): object {
    const { plus } = this.#arithmetic;
    this.#total = plus(this.#total, amount);
    const latest = this.#slots.at(-1);
    if (latest !== undefined && now - latest.from < this.#stretchMs) {
      latest.amount = plus(latest.amount, amount);
      latest.to = now;
      return latest;
    }
    const slot = { from: now, to: now, amount };
    this.#slots.push(slot);
    return slot;
  }

  giveBack(taken: object, amount: Amount): void {
    const slot = taken as Slot<Amount>;
    // One that is over has been taken off already.
    if (!this.#slots.includes(slot)) return;
    const { minus } = this.#arithmetic;
    slot.amount = minus(slot.amount, amount);
    this.#total = minus(this.#total, amount);
  }

  #forget(now: number): void {
    const { minus } = this.#arithmetic;
    for (let oldest = this.#slots[0]; oldest !== undefined; oldest = this.#slots[0]) {
      if (oldest.to + this.#lengthMs > now) return;
      this.#total = minus(this.#total, oldest.amount);
      this.#slots.shift();
    }
  }
}

/** A bucket of `size` calls that fills by one every `intervalMs`; kept as one number (GCRA). Times on the monotonic clock. */
export class Bucket {
  readonly #size: number;
  readonly #intervalMs: number;
  /** When it will be full again. */
  #fullAt = Number.NEGATIVE_INFINITY;

  constructor(size: number, intervalMs: number) {
    this.#size = size;
    this.#intervalMs = intervalMs;
  }

  /** How long until it holds one call, in milliseconds; 0: it does now. */
  roomIn(now: number): number {
    return Math.max(0, this.#fullAt - now - (this.#size - 1) * this.#intervalMs);
  }

  take(now: number): void {
    this.#fullAt = Math.max(this.#fullAt, now) + this.#intervalMs;
  }

  giveBack(): void {
    this.#fullAt -= this.#intervalMs;
  }
}
