import type { ResultEffect } from "../domain/decision.ts";
import { exactObject, flag, MalformedAnswer, texts } from "./answer-fields.ts";

interface ResultAnswer {
  readonly effect: ResultEffect;
  readonly redactions: readonly string[];
  readonly labels: readonly string[];
}

const RESULT_EFFECTS: readonly string[] = ["pass", "redact", "block"] satisfies ResultEffect[];

/** The answer of the result phase. @throws MalformedAnswer */
export function checkResult(value: unknown): ResultAnswer {
  const answer = exactObject(value, ["effect", "redactions", "labels"], "the answer");
  if (!RESULT_EFFECTS.includes(answer["effect"] as string)) {
    throw new MalformedAnswer(
      "policy_effect_unknown",
      `effect is ${JSON.stringify(answer["effect"])}, not one of ${RESULT_EFFECTS.join(", ")}`,
    );
  }
  texts(answer["redactions"], "redactions");
  texts(answer["labels"], "labels");
  return value as ResultAnswer;
}

/** The answer of the list phase. @throws MalformedAnswer */
export function checkVisible(value: unknown): boolean {
  const answer = exactObject(value, ["visible"], "the answer");
  flag(answer["visible"], "visible");
  return answer["visible"] as boolean;
}

/**
 * The one value of a result set.
 * @throws MalformedAnswer policy_undefined for none, policy_many_results for several, policy_shape for no result set at all
 */
export function onlyResult(results: unknown): unknown {
  if (!Array.isArray(results)) throw new MalformedAnswer("policy_shape", "the evaluation gave no result set");
  if (results.length === 0) throw new MalformedAnswer("policy_undefined", "the evaluation gave no result");
  if (results.length > 1)
    throw new MalformedAnswer("policy_many_results", `the evaluation gave ${results.length} results`);
  const [entry] = results as readonly unknown[];
  if (typeof entry !== "object" || entry === null || !Object.hasOwn(entry, "result"))
    throw new MalformedAnswer("policy_shape", "the result set has no result");
  return (entry as { readonly result: unknown }).result;
}
