import type { JsonObject, JsonValue } from "../../lib/json.ts";
import type { PolicyInput } from "../../domain/policy-input.ts";
import type { DispatchTargets, Projection, ReadTree, Condition, DataStep } from "../../domain/ports.ts";
import { type PolicyLimits, InputMeasure } from "./limits.ts";
import { JsonBytes } from "./json-bytes.ts";
import { compileReads, NO_LABEL, type Writing } from "./projected-text.ts";
import { detectorFuel, type Detects, detectsOf, includes } from "./detector-fuel.ts";
import { choiceOf, type Footprint, footprintOf, mergeTrees } from "./footprint.ts";

/** What is sent for one combination of dispatched packages. */
interface Variant {
  readonly reads: ReadTree;
  readonly write: Writing;
  readonly readsHistory: boolean;
  readonly detects: Detects;
  readonly next: Map<ReadTree, Variant>;
  /** What the answer depends on; computed at its first use. */
  footprint?: Footprint | null;
}

/** An input within one evaluation: what is sent of it is chosen once, when somebody first asks. */
export interface ProjectedInput {
  readonly input: PolicyInput;
  variant: Variant | null;
}

export const projected = (input: PolicyInput): ProjectedInput => ({ input, variant: null });

/** What an answer depends on. */
export interface Dependence {
  readonly footprint: Footprint;
  /** The session's history is part of it. */
  readonly readsHistory: boolean;
}

/** Writes the part of an input that one entrypoint can read as JSON; measures what it writes on the way. */
export class Projector {
  readonly #projection: Projection;
  readonly #guarded: readonly { readonly when: readonly MemoCondition[]; readonly reads: ReadTree }[];
  readonly #json = new JsonBytes();
  readonly #measure: InputMeasure;
  readonly #plain: Variant;
  readonly #choice: ReadTree;
  /** Whether it reads what detectors find of any input. */
  readonly #detects: boolean;
  #choices = 0;

  /** `data` is the policy's data document; some conditions of the projection depend on it. */
  constructor(projection: Projection, limits: PolicyLimits, data: JsonObject) {
    this.#projection = projection;
    const known = new Map<string, MemoCondition>();
    this.#guarded = projection.guarded.map(({ when, reads }) => ({
      when: when.map((condition) => memoOf(condition, data, known)),
      reads,
    }));
    this.#measure = new InputMeasure(limits);
    this.#plain = variantOf(projection.always);
    this.#choice = choiceOf(projection);
    this.#detects = [projection.always, ...this.#guarded.map(({ reads }) => reads), ...targetsOf(projection)]
      .map(detectsOf)
      .some((detects) => detects.arguments || detects.result);
  }

  /** UTF-8, good until the next input is written. @throws PolicyFault policy_input_too_large */
  write(asked: ProjectedInput): Buffer {
    const { input } = asked;
    const [json, measure] = [this.#json, this.#measure];
    json.clear();
    measure.reset();
    const { reads, write, readsHistory } = this.#variant(asked);
    if (readsHistory) input.markHistoryRead?.();
    const document = input.document as unknown as JsonValue;
    if (reads === true) {
      measure.value(document, 1);
      json.json(input.text);
    } else write(NO_LABEL, 0, document, 1, { json, measure, input });
    measure.bytes(json.length);
    return json.written;
  }

  /** What it costs that detectors look for what is read of this input; none of it has been looked for yet. */
  detectorFuel(asked: ProjectedInput): number {
    return this.#detects ? detectorFuel(asked.input.document, this.#variant(asked).detects) : 0;
  }

  /**
   * The parts of this input that its answer depends on, including the choice of what is written; null when they include
   * the time.
   */
  dependsOn(asked: ProjectedInput): Dependence | null {
    const variant = this.#variant(asked);
    const footprint = (variant.footprint ??= footprintOf(mergeTrees(variant.reads, this.#choice)));
    return footprint === null ? null : { footprint, readsHistory: variant.readsHistory };
  }

  #variant(asked: ProjectedInput): Variant {
    return (asked.variant ??= this.#choose(asked.input));
  }

  #choose(input: PolicyInput): Variant {
    const document = input.document as unknown as JsonValue;
    let variant = this.#plain;
    for (const { by, targets } of this.#projection.dispatched) {
      const reads = readsOfTarget(document, by, targets);
      if (reads !== null) variant = withReads(variant, reads);
    }
    const choice = (this.#choices += 1);
    for (const { when, reads } of this.#guarded)
      if (allHold(when, document, choice)) variant = withReads(variant, reads);
    return variant;
  }
}

/** The trees of reads of all packages that an input can select. */
function targetsOf({ dispatched }: Projection): readonly ReadTree[] {
  const below = (targets: DispatchTargets | ReadTree, levels: number): readonly ReadTree[] =>
    levels === 0 || targets === true ? [targets] : Object.values(targets).flatMap((one) => below(one, levels - 1));
  return dispatched.flatMap(({ by, targets }) => below(targets, by.length));
}

/** The number of variants is bounded by the combinations of packages and guards, since only their trees are keys. */
function withReads(variant: Variant, reads: ReadTree): Variant {
  const known = variant.next.get(reads);
  if (known !== undefined) return known;
  const next = variantOf(mergeTrees(variant.reads, reads));
  variant.next.set(reads, next);
  return next;
}

function variantOf(reads: ReadTree): Variant {
  const readsHistory = includes(reads, HISTORY_PATH);
  return { reads, write: compileReads(reads), readsHistory, detects: detectsOf(reads), next: new Map() };
}

const HISTORY_PATH: readonly string[] = ["context", "session", "history"];

/** The tree of reads of the package that this input selects; null when there is none. */
function readsOfTarget(
  document: JsonValue,
  by: readonly (readonly string[])[],
  targets: DispatchTargets,
): ReadTree | null {
  let found: DispatchTargets | ReadTree = targets;
  for (const path of by) {
    const name = valueAt(document, path);
    if (name === undefined) return null;
    // Package names are strings; for any other value the whole input is sent.
    if (typeof name !== "string") return true;
    if (found === true || !Object.hasOwn(found, name)) return null;
    found = found[name] as DispatchTargets | ReadTree;
  }
  return found;
}

/**
 * Whether all conditions may hold for a document. True when unknown: sending too much costs time, sending too little
 * would change the input.
 */
type Holds = (document: JsonValue) => boolean;

/** One condition, which many guards may have: it is looked at once for each input. */
interface MemoCondition {
  readonly holds: Holds;
  /** The number of the choice that it was looked at for. */
  choice: number;
  result: boolean;
}

/** `data` is the policy's data document; values of it that conditions name are looked up once, here. */
function memoOf(condition: Condition, data: JsonObject, known: Map<string, MemoCondition>): MemoCondition {
  const key = JSON.stringify(condition);
  const before = known.get(key);
  if (before !== undefined) return before;
  const holds = "data" in condition ? isThere(condition.data, 0, data) : fits(condition);
  const memo = { holds, choice: 0, result: false };
  known.set(key, memo);
  return memo;
}

/** Not further than to the first that does not hold: what is looked at counts as read. */
function allHold(when: readonly MemoCondition[], document: JsonValue, choice: number): boolean {
  for (const memo of when) {
    if (memo.choice !== choice) {
      memo.result = memo.holds(document);
      memo.choice = choice;
    }
    if (!memo.result) return false;
  }
  return true;
}

function fits({ at, is, not }: Extract<Condition, { readonly at: unknown }>): Holds {
  return (document) => (valueAt(document, at) === is) !== not;
}

const always: Holds = () => true;
const never: Holds = () => false;

/** Constant names are resolved when the conditions are compiled, names from the input for each document. */
function isThere(path: readonly DataStep[], from: number, start: JsonValue): Holds {
  let found = start;
  for (let index = from; index < path.length; index += 1) {
    const step = path[index] as DataStep;
    if (typeof found !== "object" || found === null) return never;
    if (step === null) return Object.keys(found).length > 0 ? always : never;
    if (typeof step !== "string") return below(path, index, step, found);
    // Lists are looked up by numbers.
    if (Array.isArray(found)) return always;
    if (!Object.hasOwn(found, step)) return never;
    found = (found as JsonObject)[step] as JsonValue;
  }
  return always;
}

function below(path: readonly DataStep[], index: number, step: readonly string[], found: object): Holds {
  const known = new Map<string, Holds>();
  return (document) => {
    const name = valueAt(document, step);
    if (name === undefined) return false;
    // Lists are looked up by numbers, and a name that is no string is assumed to exist.
    if (typeof name !== "string" || Array.isArray(found)) return true;
    let holds = known.get(name);
    if (holds === undefined) {
      if (!Object.hasOwn(found, name)) return false;
      // Bounded by the number of names in the data.
      known.set(name, (holds = isThere(path, index + 1, (found as JsonObject)[name] as JsonValue)));
    }
    return holds(document);
  };
}

/**
 * Not `valueAtSteps`: conditions are looked at in every call, so only names that every object inherits are looked for twice, and lists
 * lead nowhere, since Rego looks them up by numbers.
 */
function valueAt(value: JsonValue, path: readonly string[]): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null || Array.isArray(found)) return undefined;
    if (name in Object.prototype && !Object.hasOwn(found, name)) return undefined;
    found = (found as Readonly<Record<string, JsonValue>>)[name];
  }
  return found;
}
