import { FUEL_EXPORT } from "../fuel/meter.ts";
import { Budget, PolicyAbort } from "./limits.ts";
import type { TextMemory } from "./memory.ts";
import { BuiltinError, type BuiltinContext } from "../builtins/types.ts";
import { dumpValue, parseValue, type Value } from "../value.ts";
import type { Implementations } from "./implementations.ts";

/** The part of OPA's WebAssembly ABI in use (https://www.openpolicyagent.org/docs/latest/wasm/#exports). */
export interface PolicyExports extends WebAssembly.Exports {
  readonly opa_wasm_abi_version: WebAssembly.Global;
  readonly opa_wasm_abi_minor_version: WebAssembly.Global;
  readonly opa_malloc: (size: number) => number;
  readonly opa_free: (address: number) => void;
  /** Allocations begin there again. */
  readonly opa_heap_ptr_set: (address: number) => void;
  readonly opa_value_dump: (value: number) => number;
  readonly opa_value_parse: (text: number, length: number) => number;
  readonly opa_json_dump: (value: number) => number;
  readonly builtins: () => number;
  /** reserved, entrypoint, data, input text, its length, heap start, format: 0 JSON text, 1 Rego value text */
  readonly opa_eval: (
    reserved: 0,
    entrypoint: number,
    data: number,
    input: number,
    length: number,
    heap: number,
    format: 0 | 1,
  ) => number;
}

export interface Instance {
  readonly exports: PolicyExports;
  readonly memory: TextMemory;
  readonly budget: Budget;
  readonly bridge: BuiltinBridge;
}

/** A fresh instance over `memory`: the module's start function sets its statics again. */
export function instantiate(module: WebAssembly.Module, memory: TextMemory): Instance {
  const bridge = new BuiltinBridge(memory);
  const instance = new WebAssembly.Instance(module, {
    env: {
      memory: memory.memory,
      opa_abort(address: number): never {
        throw new PolicyAbort(memory.read(address));
      },
      // What the runtime prints is its own debugging; `print` is a host builtin.
      opa_println(): void {},
      ...bridge.imports(),
    },
  });
  const exports = instance.exports as PolicyExports;
  const budget = new Budget(instance.exports[FUEL_EXPORT] as WebAssembly.Global);
  bridge.attach(exports, budget);
  return { exports, memory, budget, bridge };
}

/** Rego's undefined, as the compiled module represents it. */
const UNDEFINED = 0;

/** Bytes of a converted value per unit of fuel, in addition to what dumping and parsing cost inside the module. */
const BYTES_PER_UNIT = 1;

/**
 * Host builtins as the module's imports. Values cross as Rego text (`opa_value_dump`, `opa_value_parse`) and not as
 * JSON, because JSON knows no sets and rounds large numbers.
 */
class BuiltinBridge {
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

  /** Set for each evaluation; null between evaluations. */
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
