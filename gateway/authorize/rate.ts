import { FairShare } from "../domain/fair-share.ts";
import type { Clock } from "../domain/ports.ts";

const hourMs = 3_600_000;
const capacity = 100_000;

/** Counts what each asker does in an hour. */
export class HourlyRate {
  readonly #done: FairShare<true>;
  #count = 0;

  constructor(perHour: number, clock: Clock) {
    this.#done = new FairShare({ capacity, perAsker: perHour, clock, full: "refuse" });
  }

  /** False when this asker has done it as often as it may. */
  take(asker: string): boolean {
    this.#count += 1;
    return this.#done.set(asker, `${asker} ${this.#count}`, true, hourMs);
  }
}
