import { BuiltinError, type BuiltinContext } from "../builtins/types.ts";
import { dumpValue, parseValue, type Value } from "../value.ts";
import type { Budget } from "./budget.ts";
import type { Implementations } from "./implementations.ts";
import type { PolicyExports } from "./instantiate.ts";
import type { TextMemory } from "./memory.ts";

/** Rego's undefined, as the compiled module knows it. */
const UNDEFINED = 0;

/** Carrying a value over costs about this many bytes a unit, on top of what dumping and parsing take inside the module. */
const BYTES_PER_UNIT = 1;

/**
 * Host builtins as the module's imports. Values cross as Rego text (`opa_value_dump`, `opa_value_parse`) and not as
 * JSON, because JSON knows no sets and rounds large numbers.
 */
export class BuiltinBridge {
  readonly #memory: TextMemory;
  #implementations: Implementations | null = null;
  #exports: PolicyExports | null = null;
  #budget: Budget | null = null;
  #context: BuiltinContext | null = null;

  constructor(memory: TextMemory) {
    this.#memory = memory;
  }

  attach(exports: PolicyExports, budget: Budget): void {
    this.#exports = exports;
    this.#budget = budget;
  }

  use(implementations: Implementations): void {
    this.#implementations = implementations;
  }

  /** One context an evaluation; null between evaluations. */
  set context(context: BuiltinContext | null) {
    this.#context = context;
  }

  imports(): Record<string, (id: number, reserved: number, ...addresses: number[]) => number> {
    const call = (id: number, _reserved: number, ...addresses: number[]): number => this.#call(id, addresses);
    return { opa_builtin0: call, opa_builtin1: call, opa_builtin2: call, opa_builtin3: call, opa_builtin4: call };
  }

  #call(id: number, addresses: readonly number[]): number {
    if (this.#implementations === null || this.#context === null)
      throw new Error(`builtin ${id} was called outside an evaluation`);
    const { run } = this.#implementations.find(id);
    const values = addresses.map((address) => this.#take(address));
    let result: Value | undefined;
    try {
      result = run(this.#context, ...values);
    } catch (error) {
      if (error instanceof BuiltinError) return UNDEFINED;
      throw error;
    }
    return result === undefined ? UNDEFINED : this.#give(result);
  }

  #take(address: number): Value {
    const exports = this.#exports as PolicyExports;
    const text = exports.opa_value_dump(address);
    const value = this.#memory.read(text);
    exports.opa_free(text);
    this.#budget?.charge(value.length / BYTES_PER_UNIT);
    return parseValue(value);
  }

  #give(value: Value): number {
    const exports = this.#exports as PolicyExports;
    const text = dumpValue(value);
    this.#budget?.charge(text.length / BYTES_PER_UNIT);
    const address = exports.opa_malloc(text.length * 3 + 1);
    const length = this.#memory.write(text, address);
    const parsed = exports.opa_value_parse(address, length);
    if (parsed === UNDEFINED) throw new Error("a builtin gave a value that OPA's runtime cannot read");
    return parsed;
  }
}
