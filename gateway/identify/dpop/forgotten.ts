import type { Clock } from "../../domain/ports.ts";

/** Milliseconds between two stretches that are kept apart, and the stretches kept; beyond it the two closest become one. */
const apartMs = 600_000;
const most = 32;

/** Milliseconds since the epoch, both inclusive. */
interface Stretch {
  from: number;
  to: number;
}

/**
 * Times of issue of which proofs were used that the replay memory no longer holds. While the wall clock goes forward, their age
 * refuses such proofs. After it was set back, a proof of such a time may be one that was used, and needs something else that
 * shows it is new. The times of a clock that was ahead are a stretch of their own, and keep out nobody before them.
 */
export class ForgottenProofs {
  readonly #clock: Pick<Clock, "monotonic">;
  /** Seconds of issue of proofs that the replay memory holds, with the monotonic time at which it forgets the first of them. */
  readonly #held = new Map<number, number>();
  /** In order, and apart. */
  #stretches: Stretch[] = [];

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Whether proofs issued at this time (milliseconds since the epoch) were used that are forgotten. */
  has(issuedMs: number): boolean {
    this.#forget();
    const second = secondOf(issuedMs);
    return this.#stretches.some(({ from, to }) => from <= second && second <= to);
  }

  /** A proof was used that the replay memory holds for `heldMs`, which never gets less from one use to the next. */
  used(issuedMs: number, heldMs: number): void {
    const second = secondOf(issuedMs);
    if (!this.#held.has(second)) this.#held.set(second, this.#clock.monotonic() + heldMs);
  }

  /** Held times are in the order in which the memory forgets them. */
  #forget(): void {
    const now = this.#clock.monotonic();
    for (const [second, until] of this.#held) {
      if (until > now) return;
      this.#held.delete(second);
      this.#add(second);
    }
  }

  #add(second: number): void {
    const near = this.#stretches.find(({ from, to }) => from - apartMs <= second && second <= to + apartMs);
    if (near === undefined) this.#stretches.push({ from: second, to: second });
    else Object.assign(near, { from: Math.min(near.from, second), to: Math.max(near.to, second) });
    if (near === undefined || this.#stretches.length > 1) this.#join();
  }

  /** Stretches that have grown together, and the closest two while there are too many, become one. */
  #join(): void {
    const ordered = this.#stretches.toSorted((a, b) => a.from - b.from);
    const gaps = ordered.slice(1).map(({ from }, index) => from - (ordered[index]?.to ?? from));
    const excess = ordered.length - most;
    const widest = excess > 0 ? Math.max(apartMs, gaps.toSorted((a, b) => a - b)[excess - 1] ?? 0) : apartMs;
    const joined: Stretch[] = [];
    for (const one of ordered) {
      const last = joined.at(-1);
      if (last === undefined || one.from - last.to > widest) joined.push(one);
      else last.to = Math.max(last.to, one.to);
    }
    this.#stretches = joined;
  }
}

function secondOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
