import { argumentRedactions, type InjectCredential, type Obligation } from "../domain/decision.ts";
import type { FindKinds } from "../domain/detections.ts";
import { Refusal } from "../domain/errors.ts";
import type { EvaluatedCall } from "../domain/exchange.ts";
import type { CallLimits, Holds, LimitsTaken, SessionLedger } from "../domain/ports.ts";
import { noObligations } from "../domain/decision-record.ts";
import { keyedByGrant } from "../domain/binding.ts";
import { after, type Awaitable } from "../lib/awaitable.ts";
import { type Injection, noInjection } from "./credentials/injection.ts";
import type { MakeInjection } from "./credentials/make.ts";
import { isRedacted } from "./redaction/redact-arguments.ts";

/** What obligations need to be carried out. */
export interface DutyContext {
  readonly holds: Holds;
  readonly sessions: SessionLedger;
  readonly limits: CallLimits;
  /** Null for whoever sends nothing, so that no credential can be injected. */
  readonly inject: MakeInjection | null;
  readonly find: FindKinds;
}

type Duty<T extends Obligation["type"]> = Extract<Obligation, { type: T }>;

/** Carries all obligations of one type out; what it resolves to is what goes upstream beside the call. */
type Carrier<T extends Obligation["type"]> = (
  duties: readonly Duty<T>[],
  evaluated: EvaluatedCall,
  context: DutyContext,
) => Awaitable<Injection | void>;

/**
 * In this order: what can refuse comes first, what cannot be taken back comes last, so that a credential that cannot be made uses no
 * approval up. A type without an entry cannot be carried out.
 */
const carriers: { readonly [T in Obligation["type"]]: Carrier<T> } = {
  redact_arguments: each(assertRedacted),
  // Taken before all others, with the limits of the configuration.
  limit: () => {},
  inject_credential: injectCredentials,
  label_session: each(labelSession),
  consume_approval: each(consumeApproval),
};
const order = Object.keys(carriers) as Obligation["type"][];

export interface CarriedOut {
  /** Types, one for each obligation. */
  readonly obligations: readonly string[];
  readonly injection: Injection;
  /** What the call has taken from its limits, to be ended with it; null when nothing limits it. */
  readonly limits: LimitsTaken | null;
}

/**
 * Does everything the permission depends on, before the first upstream byte. An obligation that cannot be carried out is a deny. Limits
 * come first, so that no approval is used up for a call that has no room, and are given back when something after them refuses.
 */
export function carryOut(evaluated: EvaluatedCall, context: DutyContext): Awaitable<CarriedOut> {
  return after(context.limits.take(evaluated), (limits) =>
    limits === null ? carryOutDuties(evaluated, context, null) : carryOutWithin(limits, evaluated, context),
  );
}

async function carryOutWithin(
  limits: LimitsTaken,
  evaluated: EvaluatedCall,
  context: DutyContext,
): Promise<CarriedOut> {
  try {
    return await carryOutDuties(evaluated, context, limits);
  } catch (thrown) {
    limits.ended(null);
    throw thrown;
  }
}

function carryOutDuties(
  evaluated: EvaluatedCall,
  context: DutyContext,
  limits: LimitsTaken | null,
): Awaitable<CarriedOut> {
  const obligations = withConsumption(evaluated);
  return obligations.length === 0
    ? after(injectCredentials([], evaluated, context), (injection) => ({
        obligations: noObligations,
        injection,
        limits,
      }))
    : carryOutEach(obligations, evaluated, context, limits);
}

async function carryOutEach(
  obligations: readonly Obligation[],
  evaluated: EvaluatedCall,
  context: DutyContext,
  limits: LimitsTaken | null,
): Promise<CarriedOut> {
  const unknown = obligations.find((duty) => !order.includes(duty.type));
  if (unknown !== undefined) throw new Refusal("obligation_failed", { hint: unknown.type });
  const done: string[] = [];
  let injection = noInjection;
  for (const type of order) {
    const duties = obligations.filter((duty) => duty.type === type);
    // The route's own credential is injected without an obligation.
    if (duties.length === 0 && type !== "inject_credential") continue;
    injection = (await (carriers[type] as Carrier<typeof type>)(duties, evaluated, context)) ?? injection;
    done.push(...duties.map(() => type));
  }
  return { obligations: done, injection, limits };
}

function each<T extends Obligation["type"]>(
  carry: (duty: Duty<T>, evaluated: EvaluatedCall, context: DutyContext) => void | Promise<void>,
): Carrier<T> {
  return async (duties, evaluated, context) => {
    for (const duty of duties) await carry(duty, evaluated, context);
  };
}

/** With the credential that the route always sends. */
function injectCredentials(
  named: readonly InjectCredential[],
  evaluated: EvaluatedCall,
  { inject }: DutyContext,
): Awaitable<Injection> {
  if (inject !== null) return inject(evaluated, named);
  if (named.length > 0)
    throw new Refusal("obligation_failed", { hint: "inject_credential: nothing is sent from here" });
  return noInjection;
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

/** The call was changed before it was judged; whoever does not change calls, such as the AuthZEN endpoint, cannot carry this out. */
function assertRedacted(
  duty: Extract<Obligation, { type: "redact_arguments" }>,
  { call }: EvaluatedCall,
  { find }: DutyContext,
): void {
  if (!isRedacted(call, argumentRedactions([duty]), find))
    throw new Refusal("obligation_failed", { hint: "the arguments are not redacted" });
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

/** Before the call is sent, not after its answer: two calls at once must not slip past each other. */
async function labelSession(
  duty: Extract<Obligation, { type: "label_session" }>,
  evaluated: EvaluatedCall,
  context: DutyContext,
): Promise<void> {
  await context.sessions.label(evaluated, duty.labels);
}
