import { pause } from "../../../support/eventually.ts";
import type { Random } from "../../check.ts";
import type { Edge } from "./drive.ts";

const all: readonly Edge[] = ["held", "approved", "executed", "answered"];

/** Waits for some point in the lives of calls. */
export class Edges {
  readonly #random: Random;
  #awaited: { readonly edge: Edge; left: number; readonly reached: () => void } | null = null;

  constructor(random: Random) {
    this.#random = random;
  }

  passed(edge: Edge): void {
    const awaited = this.#awaited;
    if (awaited === null || awaited.edge !== edge || --awaited.left > 0) return;
    this.#awaited = null;
    awaited.reached();
  }

  /** An edge passed so many times, and up to some milliseconds beyond it; or a moment that nothing chose. */
  async somePoint(): Promise<void> {
    const reached = Promise.withResolvers<void>();
    this.#awaited = { edge: this.#random.pick(all), left: 1 + this.#random.below(20), reached: reached.resolve };
    const moment = this.#random.chance(0.2) ? 20 + this.#random.below(800) : 10_000;
    await Promise.race([reached.promise, pause(moment)]);
    if (this.#random.chance(0.7)) await pause(this.#random.below(6));
  }
}
