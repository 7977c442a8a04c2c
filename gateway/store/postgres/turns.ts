import { setTimeout as pause } from "node:timers/promises";
import type { Area } from "../sql.ts";
import { StoreUnavailable } from "./failures.ts";

/**
 * Whoever wants an area waits here for those of this process that came before, and takes no connection meanwhile: at most one
 * connection of the process waits for the row of an area, and the others are there for everything else.
 */
export class Turns {
  readonly #last = new Map<Area, Promise<void>>();
  readonly #waitMs: number | null;

  /** @param waitMs how long somebody waits for a turn; null: without an end */
  constructor(waitMs: number | null) {
    this.#waitMs = waitMs;
  }

  /** @throws StoreUnavailable when its turn has not come in time; what `work` throws */
  async take<T>(area: Area, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(area);
    const done = Promise.withResolvers<void>();
    // One that has given up is passed over when its turn comes.
    const end = (before ?? Promise.resolve()).then(() => done.promise);
    this.#last.set(area, end);
    try {
      if (before !== undefined) await this.#inTime(before, area);
      return await work();
    } finally {
      done.resolve();
      if (this.#last.get(area) === end) this.#last.delete(area);
    }
  }

  async #inTime(before: Promise<void>, area: Area): Promise<void> {
    if (this.#waitMs === null) return before;
    const stop = new AbortController();
    const late = pause(this.#waitMs, "late" as const, { signal: stop.signal }).catch(() => null);
    const first = await Promise.race([before, late]);
    stop.abort();
    if (first === "late")
      throw new StoreUnavailable(`others have used the tables of ${area} for more than ${this.#waitMs} ms`);
  }
}
