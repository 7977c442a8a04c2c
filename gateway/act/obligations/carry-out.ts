import type { Obligation } from "../../domain/decision.ts";
import { Refusal } from "../../domain/errors.ts";
import { noObligations } from "../../domain/decision-record.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { consumeApproval, withConsumption } from "./consume-approval.ts";
import { injectCredential } from "./inject-credential.ts";
import { labelSession } from "./label-session.ts";
import { limitCalls } from "./limit-calls.ts";
import type { DutyContext } from "./types.ts";

type Duties = {
  readonly [T in Obligation["type"]]?: (
    duty: Extract<Obligation, { type: T }>,
    evaluated: EvaluatedCall,
    context: DutyContext,
  ) => void;
};

/** In this order: what can refuse comes first, what cannot be taken back comes last. A type without an entry cannot be carried out. */
const duties: Duties = {
  limit: limitCalls,
  inject_credential: injectCredential,
  label_session: labelSession,
  consume_approval: consumeApproval,
};

/** Does everything the permission depends on, before the first upstream byte. An obligation that cannot be carried out is a deny. */
export function carryOut(evaluated: EvaluatedCall, context: DutyContext): readonly string[] {
  const obligations = withConsumption(evaluated);
  if (obligations.length === 0) return noObligations;
  const unknown = obligations.find((duty) => !Object.hasOwn(duties, duty.type));
  if (unknown !== undefined) throw new Refusal("obligation_failed", { hint: unknown.type });
  const done: string[] = [];
  for (const type of Object.keys(duties) as Obligation["type"][]) {
    for (const duty of obligations) {
      if (duty.type !== type) continue;
      (duties[type] as (duty: Obligation, evaluated: EvaluatedCall, context: DutyContext) => void)(
        duty,
        evaluated,
        context,
      );
      done.push(type);
    }
  }
  return done;
}
