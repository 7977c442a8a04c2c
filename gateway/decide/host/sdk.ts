import * as sdkModule from "@open-policy-agent/opa-wasm";
import type { JsonObject } from "../../lib/json.ts";
import type { PolicyExports } from "./instantiate.ts";

/** What the SDK's loaded policy has that the host builds on: where data lies, where the heap may begin, what can be asked. */
export interface LoadedPolicy {
  readonly entrypoints: Readonly<Record<string, number>>;
  readonly dataAddr: number;
  readonly dataHeapPtr: number;
  setData(data: JsonObject): void;
}

interface Sdk {
  readonly LoadedPolicy: new (
    instance: { exports: PolicyExports },
    memory: WebAssembly.Memory,
    minorVersion: number,
  ) => LoadedPolicy;
}

// Its declarations name the exports of the CommonJS build; as an ECMAScript module it has them on `default`.
const sdk = (sdkModule as unknown as { readonly default: Sdk }).default;

/**
 * The SDK prepares the instance: entrypoints, heap base, and the policy's data as Rego values in memory.
 * The instance is ours rather than `loadPolicy`'s because that one fixes the imports: its builtins lose sets and cannot be charged.
 * @throws Error when the module speaks another ABI than OPA 1.x since 1.2
 */
export function loadIntoSdk(exports: PolicyExports, memory: WebAssembly.Memory, data: JsonObject): LoadedPolicy {
  const [major, minor] = [exports.opa_wasm_abi_version?.value, exports.opa_wasm_abi_minor_version?.value];
  if (major !== 1 || minor === undefined || minor < 2)
    throw new Error(`the module speaks ABI ${major}.${minor}; 1.2 or a later 1.x is needed`);
  const loaded = new sdk.LoadedPolicy({ exports }, memory, minor);
  loaded.setData(data);
  return loaded;
}
