import { hash } from "node:crypto";
import type {
  Condition,
  DataStep,
  Dispatch,
  DispatchTargets,
  Guarded,
  Projection,
  Projections,
  ReadTree,
  RuleExports,
  RulePlace,
} from "../../domain/ports.ts";
import type { UnaskedKind } from "../../domain/policy-change.ts";
import type { ResultRules } from "../../domain/result.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { BundleFailure } from "../failure.ts";

/** What is known of a module from the sources that it was built from. */
export interface KnownOfModule {
  /** What it reads of the input. */
  readonly reads: Projections;
  readonly results: ResultRules;
  readonly exports: RuleExports;
  readonly unasked: Unasked;
}

/** Rules that decisions about calls do not reach. */
export type Unasked = Readonly<Record<UnaskedKind, UnaskedRules>>;

export interface UnaskedRules {
  /** sha256:… of their modules. */
  readonly modules: string;
  /** Paths below `data` that they read. */
  readonly data: readonly (readonly string[])[];
}

/** Nothing is known of the module's rules: each result may have one. */
export const everyResult: ResultRules = { everywhere: true, tools: {} };

/** Adds what is known of `wasm` to the manifest, in `metadata`, which OPA leaves to bundle authors. */
export function manifestWithKnown(manifest: JsonObject, wasm: Uint8Array, known: KnownOfModule): JsonObject {
  const { reads, results, exports, unasked } = known;
  const sallyport = { module: sha256(wasm), reads, results, exports, unasked } as unknown as JsonObject;
  return { ...manifest, metadata: { ...object(manifest["metadata"]), sallyport } };
}

/** What a manifest says of a module. */
export interface SaidByManifest {
  /** What it reads of the input, by entrypoint; empty when the manifest does not say. */
  readonly projections: Projections;
  /** Whose results it judges; each when the manifest does not say. */
  readonly results: ResultRules;
  /** Which rules give what; empty when the manifest does not say. */
  readonly exports: RuleExports;
  /** Rules that decisions about calls do not reach; null when the manifest does not say. */
  readonly unasked: Unasked | null;
}

/** What the manifest says of `wasm`: nothing, when it is about another module. @throws BundleFailure for an entry that cannot be parsed */
export function saidByManifest(manifest: JsonObject, wasm: Uint8Array): SaidByManifest {
  const { module, reads, results, exports, unasked } = object(object(manifest["metadata"])["sallyport"]);
  if (module !== sha256(wasm)) return { projections: {}, results: everyResult, exports: {}, unasked: null };
  return {
    projections: projectionsIn(reads),
    results: results === undefined ? everyResult : resultRules(results),
    exports: exports === undefined ? {} : mapped(exports, (places) => list(places).map(place)),
    unasked: unasked === undefined ? null : unaskedRules(object(unasked)),
  };
}

/** As a manifest keeps them. @throws BundleFailure for an entry that cannot be parsed */
export function projectionsIn(reads: JsonValue | undefined): Projections {
  return mapped(reads, projection);
}

function resultRules(value: JsonValue): ResultRules {
  const { everywhere, tools } = object(value);
  if (typeof everywhere !== "boolean") throw unreadable();
  return { everywhere, tools: mapped(tools, names) };
}

function unaskedRules(kinds: JsonObject): Unasked {
  const of = (kind: UnaskedKind): UnaskedRules => {
    const { modules, data } = object(kinds[kind]);
    if (typeof modules !== "string") throw unreadable();
    return { modules, data: list(data).map(names) };
  };
  return { visible: of("visible"), result: of("result"), log: of("log") };
}

function place(value: JsonValue): RulePlace {
  const { rule, file, line } = object(value);
  if (typeof rule !== "string" || typeof file !== "string" || typeof line !== "number") throw unreadable();
  return { rule, file, line };
}

function projection(value: JsonValue): Projection {
  const { always, dispatched, guarded } = object(value);
  if (always === undefined) throw unreadable();
  return { always: tree(always), dispatched: list(dispatched).map(dispatch), guarded: list(guarded).map(guard) };
}

function guard(value: JsonValue): Guarded {
  const { when, reads } = object(value);
  if (reads === undefined) throw unreadable();
  return { when: list(when).map(condition), reads: tree(reads) };
}

function condition(value: JsonValue): Condition {
  const { data, at, is, not } = object(value);
  if (data !== undefined) return { data: list(data).map(dataStep) };
  if ((typeof is !== "string" && typeof is !== "boolean") || typeof not !== "boolean") throw unreadable();
  return { at: names(at), is, not };
}

function dataStep(value: JsonValue): DataStep {
  return typeof value === "string" || value === null ? value : names(value);
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  if (!Array.isArray(value)) throw unreadable();
  return value as readonly JsonValue[];
}

function names(value: JsonValue | undefined): readonly string[] {
  const all = list(value);
  if (!all.every((name) => typeof name === "string")) throw unreadable();
  return all;
}

function dispatch(value: JsonValue): Dispatch {
  const { by, targets } = object(value);
  if (!Array.isArray(by) || by.length === 0 || targets === undefined) throw unreadable();
  const paths = (by as readonly JsonValue[]).map(names);
  return { by: paths, targets: targetsOf(targets, paths.length) };
}

function targetsOf(value: JsonValue, levels: number): DispatchTargets {
  return mapped<DispatchTargets | ReadTree>(value, (below) =>
    levels > 1 ? targetsOf(below, levels - 1) : tree(below),
  );
}

function tree(value: JsonValue): ReadTree {
  return value === true ? true : mapped(value, tree);
}

function mapped<Part>(value: JsonValue | undefined, part: (value: JsonValue) => Part): Readonly<Record<string, Part>> {
  if (value === undefined || !isJsonObject(value)) throw unreadable();
  const parts = Object.create(null) as Record<string, Part>;
  for (const [name, each] of Object.entries(value)) parts[name] = part(each);
  return parts;
}

function object(value: JsonValue | undefined): JsonObject {
  return value !== undefined && isJsonObject(value) ? value : {};
}

function unreadable(): BundleFailure {
  return new BundleFailure(
    "load",
    ".manifest does not say in a readable way what the policy reads; build the bundle again",
  );
}

/** `sha256:` and 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${hash("sha256", bytes, "hex")}`;
}
