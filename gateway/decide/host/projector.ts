import type { JsonValue } from "../../domain/json.ts";
import type { PolicyInput } from "../../domain/policy-input.ts";
import type { DispatchTargets, Projection, ReadTree } from "../../domain/projection.ts";
import { InputMeasure } from "./input-limits.ts";
import type { PolicyLimits } from "./limits.ts";
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
  readonly #measure: InputMeasure;
  readonly #plain: Variant;

  constructor(projection: Projection, limits: PolicyLimits) {
    this.#projection = projection;
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
    let variant = this.#plain;
    for (const { by, targets } of this.#projection.dispatched) {
      const reads = readsOfTarget(input, by, targets);
      if (reads === null) continue;
      const known = variant.next.get(reads);
      // As many as there are packages, since only their trees are keys.
      const next = known ?? variantOf(mergeTrees(variant.reads, reads));
      if (known === undefined) variant.next.set(reads, next);
      variant = next;
    }
    return variant;
  }
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
  input: PolicyInput,
  by: readonly (readonly string[])[],
  targets: DispatchTargets,
): ReadTree | null {
  let found: DispatchTargets | ReadTree = targets;
  for (const path of by) {
    const name = valueAt(input.document as unknown as JsonValue, path);
    if (name === undefined) return null;
    // Packages have no other names than texts; what else leads where is not worth knowing here.
    if (typeof name !== "string") return true;
    if (found === true || !Object.hasOwn(found, name)) return null;
    found = found[name] as DispatchTargets | ReadTree;
  }
  return found;
}

function valueAt(value: JsonValue, path: readonly string[]): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null || Array.isArray(found) || !Object.hasOwn(found, name))
      return undefined;
    found = (found as Readonly<Record<string, JsonValue>>)[name];
  }
  return found;
}
