import { type ActivePolicy, PolicyFault, type Printed } from "../domain/ports.ts";
import type { PolicyLimitSettings } from "../domain/settings.ts";
import { type JsonValue, jsonText } from "../lib/json.ts";
import { InputMeasure, limitsOf } from "./host/limits.ts";
import { jsonTextOf, parseValue, RegoObject, RegoSet, type Value } from "./value.ts";

export interface DocumentQuestion {
  /** As compiled. */
  readonly entrypoint: string;
  /** Null: `input` is undefined, as OPA has it. */
  readonly input: JsonValue;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly decisionId: string;
}

/**
 * What a document of the policy is for an input, within the limits of every evaluation. @returns JSON text; null where it is undefined
 * @throws PolicyFault
 */
export function documentOf(
  policy: ActivePolicy,
  { entrypoint, input, now, decisionId }: DocumentQuestion,
  limits: PolicyLimitSettings,
): string | null {
  const text = input === null ? null : jsonText(input);
  const note = (printed: Printed | null | undefined): void => {
    if (printed !== undefined && printed !== null) policy.notePrinted(entrypoint, printed, decisionId);
  };
  const measure = new InputMeasure(limitsOf(limits));
  measure.text(text ?? "");
  measure.value(input, 1);
  try {
    const answer = policy.ask({ entrypoint, text, format: "value", nowNs: BigInt(now) * 1_000_000n });
    note(answer.printed);
    return resultIn(parseValue(answer.text));
  } catch (thrown) {
    if (thrown instanceof PolicyFault) note(thrown.printed);
    throw thrown;
  }
}

/** Of `{{"result": …}}`, or of the empty set. */
function resultIn(rows: Value): string | null {
  const [row] = rows instanceof RegoSet ? rows.values() : (rows as readonly Value[]);
  const result = row instanceof RegoObject ? row.get("result") : undefined;
  return result === undefined ? null : jsonTextOf(result);
}
