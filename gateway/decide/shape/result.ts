import type { ResultEffect } from "../../domain/decision.ts";
import { exactObject, flag, Misshapen, texts } from "./fields.ts";

export interface ResultAnswer {
  readonly effect: ResultEffect;
  readonly redactions: readonly string[];
  readonly labels: readonly string[];
}

const EFFECTS: readonly string[] = ["pass", "redact", "block"] satisfies ResultEffect[];

/** The answer of the result phase. @throws Misshapen */
export function checkResult(value: unknown): ResultAnswer {
  const answer = exactObject(value, ["effect", "redactions", "labels"], "the answer");
  if (!EFFECTS.includes(answer["effect"] as string)) {
    throw new Misshapen(
      "policy_effect_unknown",
      `effect is ${JSON.stringify(answer["effect"])}, not one of ${EFFECTS.join(", ")}`,
    );
  }
  texts(answer["redactions"], "redactions");
  texts(answer["labels"], "labels");
  return value as ResultAnswer;
}

/** The answer of the list phase. @throws Misshapen */
export function checkVisible(value: unknown): boolean {
  const answer = exactObject(value, ["visible"], "the answer");
  flag(answer["visible"], "visible");
  return answer["visible"] as boolean;
}
