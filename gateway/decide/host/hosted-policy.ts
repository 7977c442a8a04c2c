import { setImmediate as nextTurn } from "node:timers/promises";
import type { PolicyInput } from "../../domain/policy-input.ts";
import { type Evaluation, PolicyFault, type PreparedPolicy, type Projections } from "../../domain/ports.ts";
import type { JsonObject } from "../../lib/json.ts";
import { EvaluationContext, type EvaluationOptions, type WholeInput } from "./context.ts";
import { detectorFuel, detectsAll } from "./detector-fuel.ts";
import type { Implementations } from "./implementations.ts";
import { type Instance, instantiate } from "./instantiate.ts";
import { asPolicyFault, checkInputLimits, type PolicyLimits } from "./limits.ts";
import { memoryInSteps, type MemoryPlan, TextMemory } from "./memory.ts";
import { projected, type ProjectedInput, Projector } from "./projector.ts";
import { RememberedEvaluations } from "./remembered-evaluations.ts";
import { ResultCache } from "./result-cache.ts";

/** A compiled module with its data in memory, from which instances are made. */
export interface PreparedModule {
  readonly module: WebAssembly.Module;
  readonly implementations: Implementations;
  readonly entrypoints: ReadonlyMap<string, number>;
  readonly plan: MemoryPlan;
  /** Initial memory of the first instance, up to the heap start, with the data loaded. */
  readonly snapshot: Uint8Array;
  readonly data: JsonObject;
  /** Where the data begin, behind what belongs to an instance. No evaluation changes them. */
  readonly dataStart: number;
  readonly dataAddress: number;
  readonly heapStart: number;
}

export interface EvaluationRequest {
  readonly entrypoint: string;
  /** JSON text of the input; null evaluates with `input` undefined. Never malformed: OPA's runtime would take that for undefined. */
  readonly text: string | Uint8Array | null;
  readonly format: "json" | "value";
  /** For callers whose input does not carry the time. */
  readonly nowNs?: bigint;
  /** Fuel that making the text has taken. */
  readonly spent?: number;
}

interface Evaluated {
  readonly evaluation: Evaluation;
  /** Equal inputs give equal answers; see EvaluationContext. */
  readonly repeatable: boolean;
}

const OPEN = 0x7b;
/** Bytes of memory that are copied in one turn, in well under a millisecond. */
const TURN_BYTES = 1024 * 1024;

/** Evaluates one policy. An instance is kept until an exception passes through it, since each one leaks part of the C stack. */
export class HostedPolicy implements PreparedPolicy {
  readonly entrypoints: readonly string[];
  readonly #prepared: Omit<PreparedModule, "snapshot">;
  /** Of the memory up to the data, for a new instance. */
  readonly #statics: Uint8Array;
  readonly #limits: PolicyLimits;
  readonly #projectors: ReadonlyMap<string, Projector>;
  readonly #results = new ResultCache();
  readonly #remembered: ReadonlyMap<string, RememberedEvaluations>;
  readonly #maskPointers: readonly string[];
  #context: EvaluationContext | null = null;
  /** Null once there is memory, which has the data from then on: they are there once. */
  #snapshot: Uint8Array | null;
  #memory: TextMemory | null = null;
  #instance: Instance | null = null;

  /** An entrypoint without a projection gets the whole input. */
  constructor(
    { snapshot, ...prepared }: PreparedModule,
    limits: PolicyLimits,
    projections: Projections = {},
    { remembers = false, maskPointers = [] }: EvaluationOptions = {},
  ) {
    this.#prepared = prepared;
    this.#snapshot = snapshot;
    this.#statics = snapshot.slice(0, prepared.dataStart);
    this.#limits = limits;
    this.#maskPointers = maskPointers;
    this.#projectors = new Map(
      Object.entries(projections).map(([name, projection]) => [name, new Projector(projection, limits, prepared.data)]),
    );
    // Only projected inputs can repeat: the whole input contains the time. Those of results hold whole answers, which would be kept.
    const repeated = remembers ? [...this.#projectors.keys()].filter((name) => !name.endsWith("/result")) : [];
    this.#remembered = new Map(repeated.map((name) => [name, new RememberedEvaluations()]));
    this.entrypoints = [...prepared.entrypoints.keys()];
  }

  /**
   * Makes the first instance, with some of its memory in each turn of the event loop: with much data it is large. What is copied is given
   * back at once, so that nobody else may use the snapshot.
   */
  async instantiateInTurns(): Promise<void> {
    const snapshot = this.#snapshot;
    if (snapshot === null) return;
    const { module, implementations, plan } = this.#prepared;
    const memory = await memoryInSteps(plan);
    const instance = instantiate(module, memory);
    await nextTurn();
    const { buffer, byteOffset, length } = snapshot;
    for (let end = length; end > 0;) {
      const from = Math.max(0, end - TURN_BYTES);
      memory.bytes.set(new Uint8Array(buffer, byteOffset + from, end - from), from);
      if (buffer instanceof ArrayBuffer && buffer.resizable) buffer.resize(byteOffset + from);
      end = from;
      await nextTurn();
    }
    this.#snapshot = null;
    instance.bridge.use(implementations);
    this.#memory = memory;
    this.#instance = instance;
  }

  /** @throws PolicyFault */
  evaluate(entrypoint: string, input: PolicyInput): Evaluation {
    const projector = this.#projectors.get(entrypoint);
    const asked = projected(input);
    const spent = this.#detectorFuel(projector, asked);
    const remembered = this.#remembered.get(entrypoint);
    const known = remembered?.get(input) ?? null;
    if (known !== null) return known;
    const text = this.#textFor(projector, asked);
    if (text[0] !== (typeof text === "string" ? "{" : OPEN))
      throw new PolicyFault("policy_threw", "the policy input has no text");
    const { evaluation, repeatable } = this.#run(
      { entrypoint, text, format: "json", spent },
      input,
      (memory, address) => this.#results.parse(memory, address),
    );
    const dependsOn = repeatable ? (projector?.dependsOn(asked) ?? null) : null;
    if (dependsOn !== null) remembered?.set(input.document, dependsOn, Object.freeze(evaluation));
    return evaluation;
  }

  /** The result set as text, for users of Rego's own values (conformance, explain). @throws PolicyFault */
  ask(request: EvaluationRequest & { readonly text: string | null }): Omit<Evaluation, "results"> & { text: string } {
    const whole = { text: request.text ?? "" };
    const { results, ...rest } = this.#run(request, whole, (memory, address) => memory.read(address)).evaluation;
    return { text: results as string, ...rest };
  }

  /** Before the input is looked at: what costs more than there is must not be done first. @throws PolicyFault policy_out_of_fuel */
  #detectorFuel(projector: Projector | undefined, asked: ProjectedInput): number {
    const units = projector?.detectorFuel(asked) ?? detectorFuel(asked.input.document, detectsAll);
    if (units <= this.#limits.fuel) return units;
    throw new PolicyFault("policy_out_of_fuel", `detectors would take ${units} units of fuel, of ${this.#limits.fuel}`);
  }

  #textFor(projector: Projector | undefined, asked: ProjectedInput): string | Buffer {
    const { input } = asked;
    if (projector !== undefined) return projector.write(asked);
    checkInputLimits(input, this.#limits);
    input.markHistoryRead?.();
    return input.text;
  }

  #run(
    request: EvaluationRequest,
    whole: WholeInput,
    read: (memory: TextMemory, address: number) => unknown,
  ): Evaluated {
    const entrypoint = this.#prepared.entrypoints.get(request.entrypoint);
    if (entrypoint === undefined)
      throw new PolicyFault("policy_undefined", `the policy has no entrypoint ${request.entrypoint}`);
    let instance: Instance | null = null;
    try {
      instance = this.#live();
      return this.#evaluateIn(instance, entrypoint, request, whole, read);
    } catch (thrown) {
      this.#instance = null;
      const fault = asPolicyFault(thrown, instance?.budget.left ?? 0);
      fault.printed = this.#context?.printed ?? null;
      throw fault;
    } finally {
      this.#context = null;
      if (instance !== null) instance.bridge.context = null;
    }
  }

  #evaluateIn(
    instance: Instance,
    entrypoint: number,
    request: EvaluationRequest,
    whole: WholeInput,
    read: (memory: TextMemory, address: number) => unknown,
  ): Evaluated {
    const { memory, budget, bridge, exports } = instance;
    const { dataAddress, heapStart } = this.#prepared;
    budget.fill(this.#limits.fuel);
    budget.charge(request.spent ?? 0);
    const masking = { pointers: this.#maskPointers, sent: request.text };
    const context = (bridge.context = this.#context = new EvaluationContext(budget, whole, masking, request.nowNs));
    const length = request.text === null ? 0 : memory.place(request.text, heapStart);
    const input = request.text === null ? 0 : heapStart;
    const format = request.format === "json" ? 0 : 1;
    const result = exports.opa_eval(0, entrypoint, dataAddress, input, length, heapStart + length, format);
    const evaluation = { results: read(memory, result), fuel: budget.used };
    const { printed, isRepeatable: repeatable } = context;
    return { evaluation: printed === undefined ? evaluation : { ...evaluation, printed }, repeatable };
  }

  /** The current instance, or a new one with the same data. */
  #live(): Instance {
    // Memory never shrinks, so an instance whose memory grew for an unusual input is dropped.
    const grown = this.#memory !== null && this.#memory.pages > this.#prepared.plan.initial;
    if (this.#instance !== null && !grown) return this.#instance;
    const { module, implementations } = this.#prepared;
    this.#memory = this.#memory === null || grown ? this.#newMemory(this.#memory) : this.#memory;
    const instance = instantiate(module, this.#memory);
    this.#memory.bytes.set(this.#statics);
    instance.bridge.use(implementations);
    this.#instance = instance;
    return instance;
  }

  /** Memory with the data of the snapshot, or else of the memory before. */
  #newMemory(before: TextMemory | null): TextMemory {
    const { plan, dataStart, heapStart } = this.#prepared;
    const memory = new TextMemory(plan);
    const from = this.#snapshot ?? (before as TextMemory).bytes;
    memory.bytes.set(from.subarray(dataStart, heapStart), dataStart);
    this.#snapshot = null;
    return memory;
  }
}
