import type { ApprovalRequirement, Effect, Obligation, Reason } from "../../domain/decision.ts";
import { arrayOf, exactObject, flag, Misshapen, misshapen, oneOf, positiveInteger, text, texts } from "./fields.ts";
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

/** A hold says what it waits for; nothing else may ask people for anything. */
function checkApproval(value: unknown, held: boolean): void {
  if (!held) {
    if (value !== null) throw misshapen("approval", "null unless the effect is hold");
    return;
  }
  const keys = ["require", "distinct_from", "approve_within", "execute_within", "justification", "scope", "summary"];
  const approval = exactObject(value, keys, "approval");
  arrayOf(approval["require"], checkQuorum, "approval/require");
  // Without anyone to ask, nobody could release it, or anybody.
  if ((approval["require"] as readonly unknown[]).length === 0) throw misshapen("approval/require", "filled");
  arrayOf(
    approval["distinct_from"],
    (item, where) => oneOf(item, ["acting_for", "agent_owner"], where),
    "approval/distinct_from",
  );
  positiveInteger(approval["approve_within"], "approval/approve_within");
  positiveInteger(approval["execute_within"], "approval/execute_within");
  flag(approval["justification"], "approval/justification");
  oneOf(approval["scope"], ["once"], "approval/scope");
  text(approval["summary"], "approval/summary");
}

function checkQuorum(value: unknown, where: string): void {
  const quorum = exactObject(value, ["role", "count"], where);
  text(quorum["role"], `${where}/role`);
  positiveInteger(quorum["count"], `${where}/count`);
}
