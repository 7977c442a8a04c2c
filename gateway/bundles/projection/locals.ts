import { either, elsewhere, type Origin } from "./origin.ts";
import type { Operand } from "./plan.ts";

interface Assigned {
  readonly before: Origin;
  /** Any of what the block assigned so far. */
  any: Origin;
}

/**
 * What each local may be at one point of a function. The compiler gives one local to different variables in different
 * blocks, so order counts: an assignment replaces what was there before, and behind a block that may have ended anywhere
 * a local is what it was before or any of what the block assigned.
 */
export class Locals {
  readonly #now: Map<number, Origin>;
  #block: Map<number, Assigned> = new Map();

  constructor(params: Iterable<readonly [number, Origin]>) {
    this.#now = new Map(params);
  }

  get(local: number): Origin {
    return this.#now.get(local) ?? elsewhere;
  }

  set(local: number, origin: Origin): void {
    const assigned = this.#block.get(local);
    if (assigned === undefined) this.#block.set(local, { before: this.get(local), any: origin });
    else assigned.any = either(assigned.any, origin);
    this.#now.set(local, origin);
  }

  /** Runs a nested block, which may end anywhere; true when a local may be more than before. */
  nested(run: () => void): boolean {
    const outer = this.#block;
    const inner = (this.#block = new Map<number, Assigned>());
    run();
    this.#block = outer;
    let grew = false;
    for (const [local, { before, any }] of inner) {
      const joined = either(before, any);
      grew ||= joined !== before;
      this.#now.set(local, before);
      this.set(local, joined);
    }
    return grew;
  }
}

export function originOf(from: Operand | number | undefined, locals: Locals): Origin {
  if (typeof from === "number") return locals.get(from);
  return from?.type === "local" ? locals.get(from.value) : elsewhere;
}
