import { asBuffer } from "../../lib/bytes-in-turns.ts";
import type { JsonObject } from "../../lib/json.ts";
import { dataImage, imageOfJson } from "../runtime-patches/data-image.ts";
import { patchModule } from "../runtime-patches/patch.ts";
import { meterModule, type Redirect } from "../fuel/meter.ts";
import { outlineModule } from "../fuel/sections.ts";
import type { PreparedModule } from "./hosted-policy.ts";
import { Implementations, type PlannedRedirect, type Registry } from "./implementations.ts";
import { instantiate, type PolicyExports } from "./instantiate.ts";
import type { PolicyLimits } from "./limits.ts";
import { type MemoryPlan, planMemory, TextMemory, valueFactor } from "./memory.ts";
import * as sdkModule from "@open-policy-agent/opa-wasm";
import { parseJson } from "../../lib/parse-json.ts";

export interface Preparation {
  readonly limits: PolicyLimits;
  readonly registry: Registry;
  readonly redirects: readonly PlannedRedirect[];
}

/** A compiled module and memory with its data: the part of loading that can run on another thread. */
export interface LoadedModule {
  readonly module: WebAssembly.Module;
  readonly entrypoints: Readonly<Record<string, number>>;
  /** Host builtins that the module needs, with their ids. */
  readonly required: Readonly<Record<string, number>>;
  readonly plan: MemoryPlan;
  readonly snapshot: Uint8Array<ArrayBuffer>;
  readonly dataStart: number;
  readonly dataAddress: number;
  readonly heapStart: number;
  /** Why OPA's own runtime answers, without the faster functions; null when they are in. */
  readonly foreign: string | null;
}

/**
 * Meters and compiles the module, puts the data into memory, and keeps what a new instance needs.
 * @throws Error when the module is unknown to the rewriter, asks for a builtin the host lacks, or does not fit into memory
 */
export async function prepareModule(
  wasm: Uint8Array,
  data: JsonObject,
  preparation: Preparation,
): Promise<PreparedModule> {
  return preparedModule(await loadModule(wasm, data, preparation), data, preparation);
}

/** A metered module without data, which any data can be loaded into. */
export interface CompiledModule {
  readonly module: WebAssembly.Module;
  /** Pages that the module asks for. */
  readonly memoryMinimum: number;
  /** As in `LoadedModule`. */
  readonly foreign: string | null;
}

/** @throws Error when the module is unknown to the rewriter */
export async function compileModule(wasm: Uint8Array, redirects: readonly Redirect[]): Promise<CompiledModule> {
  const { wasm: faster, prices, foreign } = patchModule(wasm);
  const outline = outlineModule(faster);
  const module = await WebAssembly.compile(meterModule(faster, outline, { redirects, prices }));
  return { module, memoryMinimum: outline.memoryMinimum, foreign };
}

/** @throws Error when the module is unknown to the rewriter or does not fit into memory */
export async function loadModule(
  wasm: Uint8Array,
  data: JsonObject | Uint8Array,
  { limits, redirects }: { readonly limits: PolicyLimits; readonly redirects: readonly Redirect[] },
): Promise<LoadedModule> {
  return loadCompiled(await compileModule(wasm, redirects), data, limits);
}

/** `given`: the bytes may be given back while they are read: `jsonParts` has given parts of them, so that they are read to their end. */
interface HowToLoad {
  readonly given?: boolean;
}

/** `data`: also as the bytes of their JSON, of which no objects are made where that can be. @throws Error when they are no JSON, or do not fit into memory */
export function loadCompiled(
  compiled: CompiledModule,
  data: JsonObject | Uint8Array,
  limits: PolicyLimits,
  how: HowToLoad = {},
): LoadedModule {
  const loaded = withImage(compiled, data, limits, how);
  if (loaded !== null) return loaded;
  if (!(data instanceof Uint8Array)) return loadedByRuntime(compiled, data, limits);
  // Memory that was given back, all of it or in part, is not that of the bytes any more.
  if (data.length === 0) throw new Error("the data were read once, and could not be read a second time");
  const text = asBuffer(data).toString("utf8");
  return loadCompiled(compiled, parseJson(text) as JsonObject, limits);
}

/** With the data as this gateway writes them; null where the runtime is not the known one, or they are not made for it. */
function withImage(
  compiled: CompiledModule,
  data: JsonObject | Uint8Array,
  limits: PolicyLimits,
  how: HowToLoad,
): LoadedModule | null {
  if (compiled.foreign !== null) return null;
  // Where the heap begins, the module decides and not its memory.
  const start = started(compiled, 0, limits).policy.baseHeapPtr;
  const image = data instanceof Uint8Array ? imageOfJson(data, start, how) : dataImage(data, start);
  if (image === null) return null;
  const { end, address } = image;
  const { exports, memory, plan, policy } = started(compiled, end, limits);
  const required = requiredBy(exports, memory);
  // Nothing that was made until here is used again. This empties the runtime's lists of free blocks, too.
  exports.opa_heap_ptr_set(policy.baseHeapPtr);
  image.memory.set(memory.bytes.subarray(0, policy.baseHeapPtr));
  const places = { dataStart: policy.baseHeapPtr, dataAddress: address, heapStart: end };
  const { module, foreign } = compiled;
  const snapshot = upTo(end, image.memory);
  return { module, foreign, entrypoints: policy.entrypoints, required, plan, snapshot, ...places };
}

/** What lies behind is given back here, on the thread that loads: for large data it takes milliseconds. */
function upTo(end: number, { buffer }: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (buffer.resizable) buffer.resize(end);
  return new Uint8Array(buffer, 0, end);
}

function loadedByRuntime(compiled: CompiledModule, data: JsonObject, limits: PolicyLimits): LoadedModule {
  const { exports, memory, plan, policy } = started(compiled, JSON.stringify(data).length * valueFactor, limits);
  policy.setData(data);
  const { module, foreign } = compiled;
  return {
    module,
    foreign,
    entrypoints: policy.entrypoints,
    required: requiredBy(exports, memory),
    plan: { initial: memory.pages, maximum: Math.max(plan.maximum, memory.pages) },
    snapshot: new Uint8Array(memory.bytes.subarray(0, policy.dataHeapPtr)),
    dataStart: policy.baseHeapPtr,
    dataAddress: policy.dataAddr,
    heapStart: policy.dataHeapPtr,
  };
}

interface Started {
  readonly exports: PolicyExports;
  readonly memory: TextMemory;
  readonly plan: MemoryPlan;
  readonly policy: LoadedPolicy;
}

/** An instance without data, with room for so many bytes of their values. */
function started({ module, memoryMinimum }: CompiledModule, dataBytes: number, limits: PolicyLimits): Started {
  const plan = planMemory(memoryMinimum, dataBytes, limits.inputBytes, limits.memoryBytes);
  const memory = new TextMemory(plan);
  const { exports } = instantiate(module, memory);
  return { exports, memory, plan, policy: loadIntoSdk(exports, memory.memory) };
}

function requiredBy(exports: PolicyExports, memory: TextMemory): Readonly<Record<string, number>> {
  return parseJson(memory.read(exports.opa_json_dump(exports.builtins()))) as Record<string, number>;
}

/** @throws Error that names every builtin that the module needs and the host lacks */
export function preparedModule(
  { entrypoints, required, ...loaded }: LoadedModule,
  data: JsonObject,
  { registry, redirects }: Pick<Preparation, "registry" | "redirects">,
): PreparedModule {
  return {
    ...loaded,
    data,
    implementations: new Implementations(registry, required, redirects),
    entrypoints: new Map(Object.entries(entrypoints)),
  };
}

/** The parts of the SDK's loaded policy that the host uses: entrypoints, start of the heap, address of the data, start of the heap behind them. */
interface LoadedPolicy {
  readonly baseHeapPtr: number;
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

// The SDK's declarations describe its CommonJS build; imported as an ECMAScript module its exports are on `default`.
const sdk = (sdkModule as unknown as { readonly default: Sdk }).default;

/**
 * The SDK prepares the instance: entrypoints and heap base; `setData` puts data as Rego values into memory. The gateway
 * makes the instance itself because `loadPolicy` fixes the imports: its builtins lose sets and cannot be charged.
 * @throws Error when the module speaks another ABI than OPA 1.x since 1.2
 */
function loadIntoSdk(exports: PolicyExports, memory: WebAssembly.Memory): LoadedPolicy {
  const [major, minor] = [exports.opa_wasm_abi_version?.value, exports.opa_wasm_abi_minor_version?.value];
  if (major !== 1 || minor === undefined || minor < 2)
    throw new Error(`the module speaks ABI ${major}.${minor}; 1.2 or a later 1.x is needed`);
  return new sdk.LoadedPolicy({ exports }, memory, minor);
}
