import type { JsonObject } from "../../lib/json.ts";
import type { PreparedPolicy, Projections } from "./policy.ts";

/** Turns a compiled module and its data into something that evaluates; `decide/` provides it to `bundles/`. */
export interface PolicyEngine {
  /**
   * `data` are the bytes of data.json, which are given away: nobody may use them afterwards. The work is done on another thread, and resolves with those documents of the data as objects that
   * `documents` names, members of its top; absent: all. `projections` say what the module reads of the input; without them it gets the whole. `foreign` says why the module runs
   * slower than one of the known compiler; null when it does not. `isWarm`: the module is that of the load before, and
   * `warmed` was called of it.
   */
  load(
    wasm: Uint8Array,
    data: Uint8Array,
    projections?: Projections,
    documents?: readonly string[],
  ): Promise<LoadedPolicy>;
  /** Starts the thread that loads policies, because a load follows soon; `releaseLoad` ends it, unless it is loading. Never fails. */
  expectLoad(): void;
  /** That thread compiles the module, because a load of it follows when the rest of the policy is known. Never fails: the load says what is wrong. */
  expectModule(wasm: Uint8Array): void;
  releaseLoad(): void;
}

export interface LoadedPolicy {
  readonly policy: PreparedPolicy;
  readonly data: JsonObject;
  readonly foreign: string | null;
  readonly isWarm: boolean;
  /** Says that the policy was evaluated so often that the module's hot functions are optimised. */
  warmed(): void;
}
