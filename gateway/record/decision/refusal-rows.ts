import { Recent } from "../../lib/caches.ts";

/** So many refusals in a row of one caller keep their input; so long without one and the next is the first again. */
export const KEPT_IN_A_ROW = 10;
const ROW_MS = 60_000;
const CALLERS = 10_000;

/** Counts the refusals of each caller since its last call that was not refused. */
export class RefusalRows {
  readonly #rows = new Recent<{ count: number; at: number }>(CALLERS);
  #any = false;

  /** @returns how many there are in a row with this one; 0 when it was not refused */
  count(caller: string, refused: boolean, now: number): number {
    if (!refused && !this.#any) return 0;
    const row = this.#rows.get(caller);
    if (!refused) {
      if (row !== undefined) row.count = 0;
      return 0;
    }
    this.#any = true;
    const count = row === undefined || now - row.at > ROW_MS ? 1 : row.count + 1;
    if (row === undefined) this.#rows.set(caller, { count, at: now });
    else Object.assign(row, { count, at: now });
    return count;
  }
}
