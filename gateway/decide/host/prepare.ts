import type { JsonObject } from "../../domain/json.ts";
import { fasterModule } from "../faster/faster.ts";
import { meterModule } from "../fuel/meter.ts";
import { outlineModule } from "../fuel/sections.ts";
import { Implementations, type PlannedRedirect, type Registry } from "./implementations.ts";
import { instantiate } from "./instantiate.ts";
import type { PolicyLimits } from "./limits.ts";
import { planMemory, TextMemory } from "./memory.ts";
import type { PreparedModule } from "./hosted-policy.ts";
import { loadIntoSdk } from "./sdk.ts";

export interface Preparation {
  readonly limits: PolicyLimits;
  readonly registry: Registry;
  readonly redirects: readonly PlannedRedirect[];
}

/**
 * Meters and compiles the module, has the SDK load the data, and keeps what a new instance needs.
 * @throws Error when the module is unknown to the rewriter, asks for a builtin the host lacks, or does not fit into memory
 */
export async function prepareModule(
  wasm: Uint8Array,
  data: JsonObject,
  { limits, registry, redirects }: Preparation,
): Promise<PreparedModule> {
  const { wasm: faster, prices } = fasterModule(wasm);
  const outline = outlineModule(faster);
  // Compiled off the main thread; only the rewriting, a few milliseconds, is done on it.
  const module = await WebAssembly.compile(meterModule(faster, outline, { redirects, prices }));
  const plan = planMemory(outline.memoryMinimum, JSON.stringify(data).length, limits.inputBytes, limits.memoryBytes);
  const memory = new TextMemory(plan);
  const { exports } = instantiate(module, memory);
  const loaded = loadIntoSdk(exports, memory.memory, data);
  const required = JSON.parse(memory.read(exports.opa_json_dump(exports.builtins()))) as Record<string, number>;
  return {
    module,
    implementations: new Implementations(registry, required, redirects),
    entrypoints: new Map(Object.entries(loaded.entrypoints)),
    plan: { initial: memory.pages, maximum: Math.max(plan.maximum, memory.pages) },
    snapshot: memory.bytes.subarray(0, loaded.dataHeapPtr).slice(),
    data,
    dataAddress: loaded.dataAddr,
    heapStart: loaded.dataHeapPtr,
  };
}
