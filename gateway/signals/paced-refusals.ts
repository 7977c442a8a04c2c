import type { Clock } from "../domain/ports.ts";

const windowMs = 60_000;
const mostInAWindow = 30;

/**
 * Refusals of what nobody has signed: anybody can cause them, and must not fill the log with them. In a minute the first 30 are
 * recorded; the next one that is recorded says how many were not.
 */
export class PacedRefusals {
  readonly #clock: Pick<Clock, "monotonic">;
  #since: number;
  #recorded = 0;
  #unrecorded = 0;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  /** @returns the detail to record; null when this one is not recorded */
  detail(text: string): string | null {
    const now = this.#clock.monotonic();
    if (now - this.#since >= windowMs) [this.#since, this.#recorded] = [now, 0];
    if (this.#recorded >= mostInAWindow) {
      this.#unrecorded += 1;
      return null;
    }
    this.#recorded += 1;
    const unrecorded = this.#unrecorded;
    this.#unrecorded = 0;
    return unrecorded === 0 ? text : `${text} (and ${unrecorded} more before it, which are not recorded)`;
  }
}
