import type { Condition, DataStep } from "../../domain/projection.ts";
import type { Reading } from "./read-node.ts";

/** Conditions of one guard; more are not needed to tell tools apart. */
const MOST_CONDITIONS = 4;

/** Every further guard multiplies what is followed; a policy with more of them is read as if they always held. */
const MOST_GUARDS = 1_024;

/** Conditions that hold wherever the flow is now: each was passed on the way here. */
export type Guard = readonly Condition[];

export class Guards {
  readonly reading: Reading = { guard: "" };
  readonly #known = new Map<string, Guard>([["", []]]);

  get now(): string {
    return this.reading.guard;
  }

  set now(key: string) {
    this.reading.guard = key;
  }

  conditions(key: string): Guard {
    return this.#known.get(key) ?? [];
  }

  /** From here to the end of the block `condition` holds as well. */
  passed(condition: Condition): void {
    const guard = strengthened(this.conditions(this.now), condition);
    const key = JSON.stringify(guard);
    if (!this.#known.has(key)) {
      if (this.#known.size >= MOST_GUARDS) return;
      this.#known.set(key, guard);
    }
    this.now = key;
  }
}

/** A longer path into the data says all that the shorter one did. */
function strengthened(guard: Guard, condition: Condition): Guard {
  const kept = guard.filter((known) => !("data" in known && "data" in condition && begins(condition.data, known.data)));
  const known = kept.some((each) => JSON.stringify(each) === JSON.stringify(condition));
  return known || kept.length >= MOST_CONDITIONS ? kept : [...kept, condition];
}

function begins(path: readonly DataStep[], start: readonly DataStep[]): boolean {
  return start.every((step, index) => JSON.stringify(step) === JSON.stringify(path[index]));
}
