import type { InputDocument, PolicyInput } from "../../domain/policy-input.ts";
import type { Evaluation } from "../../domain/ports.ts";
import { isInterned, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { sameFootprint, traceOf } from "./footprint.ts";
import type { Dependence } from "./projector.ts";

/** Resources kept for one caller, and evaluations kept for each; entries of a caller are dropped with its token. */
const MOST_RESOURCES = 64;
const MOST_EVALUATIONS = 8;

interface RememberedEvaluation extends Dependence {
  readonly trace: JsonValue;
  readonly evaluation: Evaluation;
}

type ByResource = Map<string, RememberedEvaluation[]>;

/**
 * A cache of evaluations, keyed by the parts of the document that the answer depends on. A policy is a function of what
 * it reads, so a call that differs only in arguments that no rule reads has the same answer and the same fuel.
 */
export class RememberedEvaluations {
  readonly #bySubject = new WeakMap<object, ByResource>();
  readonly #others: ByResource = new Map();

  get(input: Pick<PolicyInput, "document" | "markHistoryRead">): Evaluation | null {
    const { document } = input;
    const known = this.#callsOf(document)?.get(resourceOf(document));
    if (known === undefined) return null;
    for (const { footprint, readsHistory, trace, evaluation } of known) {
      if (!sameFootprint(footprint, trace, document as unknown as JsonValue)) continue;
      if (readsHistory) input.markHistoryRead?.();
      return evaluation;
    }
    return null;
  }

  /**
   * `evaluation` is shared by all later calls, so it must be frozen. The footprint must contain everything that it depends on.
   */
  set(document: InputDocument, { footprint, readsHistory }: Dependence, evaluation: Evaluation): void {
    const trace = traceOf(footprint, document as unknown as JsonValue);
    if (trace === undefined) return;
    const calls = this.#callsOf(document) ?? this.#newCallsOf(document);
    const resource = resourceOf(document);
    if (!calls.has(resource) && calls.size >= MOST_RESOURCES) calls.clear();
    const known = calls.get(resource) ?? [];
    calls.set(resource, [{ footprint, readsHistory, trace, evaluation }, ...known.slice(0, MOST_EVALUATIONS - 1)]);
  }

  #callsOf({ subject }: InputDocument): ByResource | undefined {
    return isInterned(subject) ? this.#bySubject.get(subject) : this.#others;
  }

  #newCallsOf({ subject }: InputDocument): ByResource {
    const calls: ByResource = new Map();
    this.#bySubject.set(subject, calls);
    return calls;
  }
}

function resourceOf({ resource }: InputDocument): string {
  const id = (resource as JsonObject | undefined)?.["id"];
  return typeof id === "string" ? id : "";
}
