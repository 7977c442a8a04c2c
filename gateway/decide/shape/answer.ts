import { Misshapen } from "./fields.ts";

/**
 * The one value of a result set.
 * @throws Misshapen policy_undefined for none, policy_many_results for several, policy_shape for no result set at all
 */
export function onlyResult(results: unknown): unknown {
  if (!Array.isArray(results)) throw new Misshapen("policy_shape", "the evaluation gave no result set");
  if (results.length === 0) throw new Misshapen("policy_undefined", "the evaluation gave no result");
  if (results.length > 1) throw new Misshapen("policy_many_results", `the evaluation gave ${results.length} results`);
  const [entry] = results as readonly unknown[];
  if (typeof entry !== "object" || entry === null || !Object.hasOwn(entry, "result"))
    throw new Misshapen("policy_shape", "the result set has no result");
  return (entry as { readonly result: unknown }).result;
}
