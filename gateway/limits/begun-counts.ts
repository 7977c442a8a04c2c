import { FairShare } from "../domain/fair-share.ts";
import type { Clock, CountAsk } from "../domain/ports.ts";

/** A count, and until when it is kept here. */
interface Kept<Value> {
  readonly value: Value;
  readonly until: number;
}

/**
 * Which counts have been begun. An asker has at most a tenth of them: one that uses up its share, or has most when all are used, begins
 * no new count for a while, and nobody else is refused for it.
 */
export class BegunCounts<Value> {
  readonly #counts: FairShare<Kept<Value>>;

  constructor(clock: Pick<Clock, "monotonic">, capacity: number) {
    const perAsker = Math.max(1, Math.floor(capacity / 10));
    this.#counts = new FairShare({ capacity, perAsker, clock, full: "refuse" });
  }

  /** What is there, or a new one; "none" when the asker may begin no further one. `perMs`: how long it counts. */
  of({ key, asker }: CountAsk, perMs: number, now: number, begin: () => Value): Value | "none" {
    const known = this.#counts.get(key);
    if (known !== undefined && known.until - now > perMs) return known.value;
    // Kept for twice its time, so that one in use moves once in that time and not at every call.
    const keptMs = 2 * perMs + 1;
    const value = known?.value ?? begin();
    return this.#counts.set(asker, key, { value, until: now + keptMs }, keptMs) ? value : "none";
  }
}
