import type { ApprovalRequirement, Effect, Obligation, Reason } from "../../domain/decision.ts";
import { checkApproval } from "./approval.ts";
import { arrayOf, exactObject, Misshapen, misshapen, oneOf, text, texts } from "./fields.ts";
import { checkObligation } from "./obligations.ts";

export interface DecisionAnswer {
  readonly effect: Effect;
  readonly reasons: readonly Reason[];
  readonly obligations: readonly Obligation[];
  readonly approval: ApprovalRequirement | null;
  readonly risk: number | null;
}

const EFFECTS: readonly string[] = ["allow", "deny", "hold"] satisfies Effect[];
const SEVERITIES: readonly string[] = ["low", "medium", "high", "critical"] satisfies Reason["severity"][];

/** The answer of the call phase, exactly as the policy contract has it. @throws Misshapen */
export function checkDecision(value: unknown): DecisionAnswer {
  const answer = exactObject(value, ["effect", "reasons", "obligations", "approval", "risk"], "the answer");
  if (!EFFECTS.includes(answer["effect"] as string)) {
    throw new Misshapen(
      "policy_effect_unknown",
      `effect is ${JSON.stringify(answer["effect"])}, not one of ${EFFECTS.join(", ")}`,
    );
  }
  arrayOf(answer["reasons"], checkReason, "reasons");
  arrayOf(answer["obligations"], checkObligation, "obligations");
  checkApproval(answer["approval"], answer["effect"] === "hold");
  if (answer["risk"] !== null && !Number.isFinite(answer["risk"])) throw misshapen("risk", "a number or null");
  return value as DecisionAnswer;
}

function checkReason(value: unknown, where: string): void {
  const reason = exactObject(value, ["code", "message", "rule", "severity", "controls"], where);
  text(reason["code"], `${where}/code`);
  text(reason["message"], `${where}/message`);
  text(reason["rule"], `${where}/rule`);
  oneOf(reason["severity"], SEVERITIES, `${where}/severity`);
  texts(reason["controls"], `${where}/controls`);
}
