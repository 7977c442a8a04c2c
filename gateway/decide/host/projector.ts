import type { JsonObject, JsonValue } from "../../domain/json.ts";
import type { PolicyInput } from "../../domain/policy-input.ts";
import type { DispatchTargets, Projection, ReadTree } from "../../domain/projection.ts";
import { InputMeasure } from "./input-limits.ts";
import type { PolicyLimits } from "./limits.ts";
import { holdsFor, valueAt } from "./conditions.ts";
import { compileReads, type Writing } from "./projected-text.ts";
import { mergeTrees } from "./read-trees.ts";

/** What is sent for one combination of dispatched packages. */
interface Variant {
  readonly reads: ReadTree;
  readonly write: Writing;
  readonly next: Map<ReadTree, Variant>;
}

/** Writes the part of an input that one entrypoint can read as JSON text; measures what it writes on the way. */
export class Projector {
  readonly #projection: Projection;
  readonly #data: JsonObject;
  readonly #measure: InputMeasure;
  readonly #plain: Variant;

  /** `data` is what the policy has beside its rules: some of what it reads depends on that. */
  constructor(projection: Projection, limits: PolicyLimits, data: JsonObject) {
    this.#projection = projection;
    this.#data = data;
    this.#measure = new InputMeasure(limits);
    this.#plain = variantOf(projection.always);
  }

  /** @throws PolicyFault policy_input_too_large */
  text(input: PolicyInput): string {
    const measure = this.#measure;
    measure.reset();
    const { reads, write } = this.#variant(input);
    const document = input.document as unknown as JsonValue;
    const text = reads === true ? wholeText(input, measure) : write(document, 1, { measure, input });
    measure.text(text);
    return text;
  }

  #variant(input: PolicyInput): Variant {
    const document = input.document as unknown as JsonValue;
    let variant = this.#plain;
    for (const { by, targets } of this.#projection.dispatched) {
      const reads = readsOfTarget(document, by, targets);
      if (reads !== null) variant = withReads(variant, reads);
    }
    for (const { when, reads } of this.#projection.guarded)
      if (holdsFor(when, document, this.#data)) variant = withReads(variant, reads);
    return variant;
  }
}

/** As many as there are combinations of packages and guards, since only their trees are keys. */
function withReads(variant: Variant, reads: ReadTree): Variant {
  const known = variant.next.get(reads);
  if (known !== undefined) return known;
  const next = variantOf(mergeTrees(variant.reads, reads));
  variant.next.set(reads, next);
  return next;
}

function variantOf(reads: ReadTree): Variant {
  return { reads, write: compileReads(reads), next: new Map() };
}

function wholeText(input: PolicyInput, measure: InputMeasure): string {
  measure.value(input.document as unknown as JsonValue, 1);
  return input.text;
}

/** What the package reads that this input leads to; null when there is none. */
function readsOfTarget(
  document: JsonValue,
  by: readonly (readonly string[])[],
  targets: DispatchTargets,
): ReadTree | null {
  let found: DispatchTargets | ReadTree = targets;
  for (const path of by) {
    const name = valueAt(document, path);
    if (name === undefined) return null;
    // Packages have no other names than texts; what else leads where is not worth knowing here.
    if (typeof name !== "string") return true;
    if (found === true || !Object.hasOwn(found, name)) return null;
    found = found[name] as DispatchTargets | ReadTree;
  }
  return found;
}
