import { FUEL_EXPORT } from "../fuel/meter.ts";
import { Budget } from "./budget.ts";
import { BuiltinBridge } from "./builtin-bridge.ts";
import { PolicyAbort } from "./faults.ts";
import type { TextMemory } from "./memory.ts";

/** The part of OPA's WebAssembly ABI in use (https://www.openpolicyagent.org/docs/latest/wasm/#exports). */
export interface PolicyExports extends WebAssembly.Exports {
  readonly opa_wasm_abi_version: WebAssembly.Global;
  readonly opa_wasm_abi_minor_version: WebAssembly.Global;
  readonly opa_malloc: (size: number) => number;
  readonly opa_free: (address: number) => void;
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
      // `print` is compiled away; what else the runtime prints is its own debugging.
      opa_println(): void {},
      ...bridge.imports(),
    },
  });
  const exports = instance.exports as PolicyExports;
  const budget = new Budget(instance.exports[FUEL_EXPORT] as WebAssembly.Global);
  bridge.attach(exports, budget);
  return { exports, memory, budget, bridge };
}
