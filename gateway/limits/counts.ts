import { FairShare } from "../domain/fair-share.ts";
import type { Measure } from "../domain/limit.ts";
import type { Clock, CountAsk, CountFull, CountsTaken, LimitCounts } from "../domain/ports.ts";
import { bigNumbers, Bucket, wholeNumbers, Window } from "./window.ts";

/** One count: how long until it has room for an amount, and how that is taken. */
interface Count {
  roomIn(now: number, amount: bigint, measure: Measure): number;
  /** @returns how it is given back */
  take(now: number, amount: bigint): () => void;
}

/** A count in memory, and until when it is kept there. */
interface Kept {
  readonly count: Count;
  readonly until: number;
}

const nothing = (): void => {};

/**
 * Counts in the memory of this process, by the monotonic clock. An asker has at most a tenth of them: one that uses up its share, or
 * has most when all are used, begins no new count for a while, and nobody else is refused for it.
 */
export class CountsInMemory implements LimitCounts {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #counts: FairShare<Kept>;
  /** Calls under way; as many entries as there are such calls, at most. */
  readonly #underWay = new Map<string, number>();

  constructor(clock: Pick<Clock, "monotonic">, capacity = 100_000) {
    this.#clock = clock;
    const perAsker = Math.max(1, Math.floor(capacity / 10));
    this.#counts = new FairShare({ capacity, perAsker, clock, full: "refuse" });
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

  /** What is there, or a new one; "none" when the asker may begin no further one. */
  #countOf({ key, asker, measure }: CountAsk, now: number): Count | "none" {
    const known = this.#counts.get(key);
    const perMs = perMsOf(measure);
    if (known !== undefined && known.until - now > perMs) return known.count;
    // Kept for twice its time, so that one in use moves once in that time and not at every call.
    const keptMs = 2 * perMs + 1;
    const count = known?.count ?? newCount(measure);
    return this.#counts.set(asker, key, { count, until: now + keptMs }, keptMs) ? count : "none";
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

function perMsOf(measure: Measure): number {
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
