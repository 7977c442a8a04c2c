import type { JsonObject } from "../lib/json.ts";
import type { PolicyEngine, Projections } from "../domain/ports.ts";
import { redirects as hostRedirects, registry as hostRegistry } from "./builtins/registry.ts";
import type { Redirect } from "./builtins/types.ts";
import type { EvaluationOptions } from "./host/context.ts";
import { withPointers } from "./host/footprint.ts";
import { HostedPolicy, type PreparedModule } from "./host/hosted-policy.ts";
import { planRedirects, type Registry } from "./host/implementations.ts";
import { defaultLimits, type PolicyLimits } from "./host/limits.ts";
import { compileOnThread, type KeptModule, loadOnThread, loadThread } from "./host/load-on-thread.ts";
import { type LoadedModule, loadModule, preparedModule, prepareModule } from "./host/prepare.ts";

export interface EngineOptions extends EvaluationOptions {
  readonly limits?: Partial<PolicyLimits>;
  /** Host builtins by OPA's name; the gateway's own when absent. */
  readonly registry?: Registry;
  /** Natives of OPA's runtime that host builtins replace; the gateway's own table when absent. */
  readonly redirects?: readonly Redirect[];
}

export interface HostedEngine extends PolicyEngine {
  /** As `load`, but on this thread and with parsed data. */
  prepare(wasm: Uint8Array, data: JsonObject, projections?: Projections): Promise<HostedPolicy>;
  /** The first part of `prepare`, which takes longest. Its result can be sent to threads. `data`: the bytes of data.json. */
  loadModule(wasm: Uint8Array, data: Uint8Array): Promise<LoadedModule>;
  /** The second part; `data` as the module was loaded with. */
  hosted(loaded: LoadedModule, data: JsonObject, projections?: Projections): HostedPolicy;
}

/** The policy engine: OPA's compiled modules, metered and bounded, in this process. */
export function createPolicyEngine(options: EngineOptions = {}): HostedEngine {
  const limits: PolicyLimits = { ...defaultLimits, ...options.limits };
  /** The module that was loaded last; any other is compiled anew, so that nothing of it is optimised. */
  let last: { readonly kept: KeptModule; isWarm: boolean } | null = null;
  const registry = options.registry ?? hostRegistry;
  const redirects = planRedirects(options.redirects ?? hostRedirects);
  const hosted: HostedEngine["hosted"] = (loaded, data, projections) =>
    policyOf(preparedModule(loaded, data, { registry, redirects }), projections);
  function policyOf(prepared: PreparedModule, projections: Projections = {}): HostedPolicy {
    // A masked value that no rule reads may stand in another text that is printed.
    const pointers = prepared.implementations.has("internal.print") ? (options.maskPointers ?? []) : [];
    const reads = Object.entries(projections).map(([name, one]) => [name, withPointers(one, pointers)] as const);
    return new HostedPolicy(prepared, limits, Object.fromEntries(reads), options);
  }
  return {
    loadModule: (wasm, data) => loadModule(wasm, data, { limits, redirects }),
    hosted,
    async load(wasm, bytes, projections = {}, documents) {
      const wanted = documents === undefined ? null : documentsRead(projections, documents);
      const request = { wasm, data: bytes, limits, redirects, documents: wanted, kept: last?.kept ?? null };
      const { loaded, kept, data } = await loadOnThread(request);
      if (last?.kept.key !== kept.key) last = { kept, isWarm: false };
      const module = last;
      const policy = hosted(loaded, data, projections);
      await policy.instantiateInTurns();
      const warmed = (): void => void (module.isWarm = true);
      return { policy, data, foreign: loaded.foreign, isWarm: module.isWarm, warmed };
    },
    expectLoad: () => loadThread.start(),
    expectModule: (wasm) => compileOnThread({ wasm, redirects }),
    releaseLoad: () => void loadThread.release(),
    async prepare(wasm, data, projections): Promise<HostedPolicy> {
      return policyOf(await prepareModule(wasm, data, { limits, registry, redirects }), projections);
    },
  };
}

/** The documents with those that conditions of the projections look into; null: any of them may be looked into. */
function documentsRead(projections: Projections, documents: readonly string[]): readonly string[] | null {
  const conditions = Object.values(projections).flatMap(({ guarded }) => guarded.flatMap(({ when }) => when));
  const first = conditions.flatMap((one) => ("data" in one ? [one.data[0] ?? null] : []));
  const names = first.filter((step) => typeof step === "string");
  return names.length === first.length ? [...documents, ...names] : null;
}
