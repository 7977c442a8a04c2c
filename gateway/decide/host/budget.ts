import { FuelSpent } from "./faults.ts";

/** The fuel of one evaluation: one counter, taken from by the metered module and by host builtins alike. */
export class Budget {
  #counter: WebAssembly.Global;
  #limit = 0;

  constructor(counter: WebAssembly.Global) {
    this.#counter = counter;
  }

  fill(limit: number): void {
    this.#limit = limit;
    this.#counter.value = limit;
  }

  get left(): number {
    return this.#counter.value;
  }

  get used(): number {
    return this.#limit - Math.max(this.left, 0);
  }

  /** @throws FuelSpent */
  charge(units: number): void {
    const left = this.left - Math.ceil(units);
    // Kept within an i32: the counter would wrap to a full tank otherwise.
    this.#counter.value = Math.max(left, -1);
    if (left < 0) throw new FuelSpent("a builtin used up the budget");
  }
}
