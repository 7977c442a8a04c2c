import { noObligations } from "../../domain/decision-record.ts";
import type { Obligation } from "../../domain/decision.ts";
import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import type { Clock, Holds, SessionLedger } from "../../domain/ports.ts";
import type { Credential } from "../forward/credentials.ts";
import { keyedByGrant } from "../hold/call-binding.ts";
import { type CallWindows, limitCalls } from "./limit-calls.ts";

type Duties = {
  readonly [T in Obligation["type"]]?: (
    duty: Extract<Obligation, { type: T }>,
    evaluated: EvaluatedCall,
    context: DutyContext,
  ) => void | Promise<void>;
};

/** In this order: what can refuse comes first, what cannot be taken back comes last. A type without an entry cannot be carried out. */
const duties: Duties = {
  limit: limitCalls,
  inject_credential: injectCredential,
  label_session: labelSession,
  consume_approval: consumeApproval,
};

/** Does everything the permission depends on, before the first upstream byte. An obligation that cannot be carried out is a deny. */
export async function carryOut(evaluated: EvaluatedCall, context: DutyContext): Promise<readonly string[]> {
  const obligations = withConsumption(evaluated);
  if (obligations.length === 0) return noObligations;
  const unknown = obligations.find((duty) => !Object.hasOwn(duties, duty.type));
  if (unknown !== undefined) throw new Refusal("obligation_failed", { hint: unknown.type });
  const done: string[] = [];
  for (const type of Object.keys(duties) as Obligation["type"][]) {
    for (const duty of obligations) {
      if (duty.type !== type) continue;
      await (
        duties[type] as (duty: Obligation, evaluated: EvaluatedCall, context: DutyContext) => void | Promise<void>
      )(duty, evaluated, context);
      done.push(type);
    }
  }
  return done;
}

/**
 * What the permission depends on. An approval that was a fact of it is used up whether policy remembered to ask for that
 * or not: at most once is the gateway's own promise.
 */
function withConsumption({ decision, facts }: EvaluatedCall): readonly Obligation[] {
  const { obligations } = decision;
  const forgotten =
    facts.approval.status === "approved" && !obligations.some((duty) => duty.type === "consume_approval");
  return forgotten ? [...obligations, { type: "consume_approval" }] : obligations;
}

/** Uses the approval up, on disk, before anything is sent: at most once, whoever else tries at the same time. */
async function consumeApproval(
  _duty: Extract<Obligation, { type: "consume_approval" }>,
  evaluated: EvaluatedCall,
  context: DutyContext,
): Promise<void> {
  const { id, status } = evaluated.facts.approval;
  if (id === null || status !== "approved") throw new Refusal("obligation_failed", { hint: "no approval to consume" });
  if (!(await context.holds.consume(id, keyedByGrant(evaluated)))) throw new Refusal("approval_consumed");
}

function injectCredential(
  duty: Extract<Obligation, { type: "inject_credential" }>,
  _judged: EvaluatedCall,
  context: DutyContext,
): void {
  const credential = context.credential(duty.credential);
  if (credential === null)
    throw new Refusal("obligation_failed", { hint: `credential ${duty.credential} is not configured` });
  context.headers.push(credential.header, credential.value);
}

/** Before the call is sent, not after its answer: two calls at once must not slip past each other. */
function labelSession(
  duty: Extract<Obligation, { type: "label_session" }>,
  evaluated: EvaluatedCall,
  context: DutyContext,
): Promise<void> {
  return context.sessions.label(evaluated, duty.labels);
}

/** What obligations need to be carried out, and where they leave what goes upstream. */
export interface DutyContext {
  readonly holds: Holds;
  readonly sessions: SessionLedger;
  readonly clock: Clock;
  readonly windows: CallWindows;
  readonly credential: (id: string) => Credential | null;
  /** Headers that will go upstream; obligations add to them. */
  readonly headers: string[];
}
