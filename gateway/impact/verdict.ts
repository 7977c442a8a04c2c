import type { ApprovalRequirement, Decision, Obligation, Reason } from "../domain/decision.ts";
import type { ResultDecision } from "../domain/decision.ts";
import { argumentRedactions } from "../domain/decision.ts";
import type { VerdictReason } from "../domain/policy-change.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";

/** What a policy said of one question, in the form in which two of them are compared. */
export interface Verdict {
  /** allow, hold or deny; of a list shown or hidden; of a result pass, redact or block. */
  readonly effect: string;
  readonly reasons: readonly VerdictReason[];
  readonly obligations: readonly Obligation[];
  /** What is taken out of the arguments or of the result, and the labels of a result, each as JSON text. */
  readonly demands: readonly string[];
  /** Null where people are not asked; undefined where the record does not say. */
  readonly approval: ApprovalRequirement | null | undefined;
}

export function verdictOf({ effect, reasons, obligations, approval }: Decision): Verdict {
  return { effect, reasons: reasons.map(reasonOf), ...dutiesOf(obligations), approval };
}

export function verdictOfList(isVisible: boolean): Verdict {
  return { ...nothing, effect: isVisible ? "shown" : "hidden" };
}

export function verdictOfResult({ effect, reasons, redactions, labels }: ResultDecision): Verdict {
  const demands = [
    ...redactions.map((one) => JSON.stringify(one)),
    ...labels.map((label) => JSON.stringify({ label })),
  ];
  return { ...nothing, effect, reasons: reasons.map(reasonOf), demands };
}

/** The `result` of a decision record, which does not hold what people were asked for. */
export function verdictOfRecord(result: JsonObject): Verdict | null {
  const { effect, reasons, obligations } = result;
  if (typeof effect !== "string" || !Array.isArray(reasons) || !Array.isArray(obligations)) return null;
  const told = (reasons as readonly JsonValue[]).filter(isJsonObject) as unknown as Reason[];
  const duties = dutiesOf(obligations);
  return { effect, reasons: told.map(reasonOf), ...duties, approval: undefined };
}

const nothing = { reasons: [], obligations: [], demands: [], approval: null } as const;

const reasonOf = ({ code, rule }: Reason): VerdictReason => ({ code, rule });

function dutiesOf(obligations: readonly Obligation[]): Pick<Verdict, "obligations" | "demands"> {
  const others = obligations.filter(({ type }) => type !== "redact_arguments");
  return { obligations: others, demands: argumentRedactions(obligations).map((one) => JSON.stringify(one)) };
}
