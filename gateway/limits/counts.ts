import type { Measure } from "../domain/limit.ts";
import type { Clock, CountAsk, CountFull, CountsTaken, LimitCounts } from "../domain/ports.ts";
import { BegunCounts } from "./begun-counts.ts";
import { bigNumbers, Bucket, wholeNumbers, Window } from "./window.ts";

/** One count: how long until it has room for an amount, and how that is taken. */
interface Count {
  roomIn(now: number, amount: bigint, measure: Measure): number;
  /** @returns how it is given back */
  take(now: number, amount: bigint): () => void;
}

const nothing = (): void => {};

/** How many counts there are at once (see `BegunCounts`). */
export const countsAtOnce = 100_000;

/** Counts in the memory of this process, by the monotonic clock. */
export class CountsInMemory implements LimitCounts {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #counts: BegunCounts<Count>;
  /** Calls under way; as many entries as there are such calls, at most. */
  readonly #underWay = new Map<string, number>();

  constructor(clock: Pick<Clock, "monotonic">, capacity = countsAtOnce) {
    this.#clock = clock;
    this.#counts = new BegunCounts(clock, capacity);
  }

  take(asks: readonly CountAsk[]): CountsTaken | CountFull {
    const now = this.#clock.monotonic();
    const counts: (Count | null)[] = [];
    for (let at = 0; at < asks.length; at += 1) {
      const ask = asks[at] as CountAsk;
      const count = ask.measure.kind === "concurrent" ? null : this.#countOf(ask, now);
      const waitMs = count === "none" ? perMsOf(ask.measure) : this.#roomIn(ask, count, now);
      if (waitMs !== 0) return { full: at, retryAfterMs: Number.isFinite(waitMs) ? waitMs : null };
      counts.push(count === "none" ? null : count);
    }
    return this.#taken(asks, counts, now);
  }

  #roomIn({ key, measure, amount }: CountAsk, count: Count | null, now: number): number {
    if (count !== null) return count.roomIn(now, amount, measure);
    const { max } = measure as Extract<Measure, { kind: "concurrent" }>;
    return (this.#underWay.get(key) ?? 0) < max ? 0 : Infinity;
  }

  #countOf(ask: CountAsk, now: number): Count | "none" {
    return this.#counts.of(ask, perMsOf(ask.measure), now, () => newCount(ask.measure));
  }

  #taken(asks: readonly CountAsk[], counts: readonly (Count | null)[], now: number): CountsTaken {
    const backs = counts.map((count, at) => {
      const { key, amount } = asks[at] as CountAsk;
      if (count !== null) return count.take(now, amount);
      this.#underWay.set(key, (this.#underWay.get(key) ?? 0) + 1);
      return nothing;
    });
    const underWay = asks.filter(({ measure }) => measure.kind === "concurrent");
    let ended = false;
    const end = (): void => {
      if (!ended) for (const { key } of underWay) this.#leave(key);
      ended = true;
    };
    return {
      end,
      giveBack() {
        if (!ended) for (const back of backs) back();
        end();
      },
    };
  }

  #leave(key: string): void {
    const left = (this.#underWay.get(key) ?? 1) - 1;
    if (left > 0) this.#underWay.set(key, left);
    else this.#underWay.delete(key);
  }
}

export function perMsOf(measure: Measure): number {
  return measure.kind === "concurrent" ? 0 : measure.perMs;
}

function newCount(measure: Measure): Count {
  if (measure.kind === "spend") return new SpendCount(measure.perMs);
  const { kind, max, perMs } = measure as Exclude<Measure, { kind: "spend" | "concurrent" }>;
  const burst = kind === "rate" ? (measure as Extract<Measure, { kind: "rate" }>).burst : null;
  return new CallCount(max, perMs, burst);
}

class CallCount implements Count {
  readonly #window: Window<number>;
  readonly #bucket: Bucket | null;
  readonly #max: number;

  constructor(max: number, perMs: number, burst: number | null) {
    this.#max = max;
    this.#window = new Window(perMs, max, wholeNumbers);
    this.#bucket = burst === null ? null : new Bucket(burst, perMs / max);
  }

  roomIn(now: number): number {
    const waitMs = this.#window.roomIn(now, 1, this.#max);
    return this.#bucket === null ? waitMs : Math.max(waitMs, this.#bucket.roomIn(now));
  }

  take(now: number): () => void {
    const slot = this.#window.take(now, 1);
    this.#bucket?.take(now);
    return () => {
      this.#window.giveBack(slot, 1);
      this.#bucket?.giveBack();
    };
  }
}

class SpendCount implements Count {
  readonly #window: Window<bigint>;

  constructor(perMs: number) {
    this.#window = new Window(perMs, Infinity, bigNumbers);
  }

  roomIn(now: number, amount: bigint, measure: Measure): number {
    return this.#window.roomIn(now, amount, (measure as Extract<Measure, { kind: "spend" }>).max);
  }

  take(now: number, amount: bigint): () => void {
    const slot = this.#window.take(now, amount);
    return () => this.#window.giveBack(slot, amount);
  }
}
