import { approvalTransitions } from "../domain/approval.ts";
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
import { refusalOfEnded } from "./respond/refusal-wording.ts";

/** What is needed to fulfil obligations. */
export interface ObligationDeps {
  readonly holds: Holds;
  readonly sessions: SessionLedger;
  readonly limits: CallLimits;
  /** Null for whoever sends nothing, so that no credential can be injected. */
  readonly inject: MakeInjection | null;
  readonly find: FindKinds;
}

type ObligationOf<T extends Obligation["type"]> = Extract<Obligation, { type: T }>;

/** Fulfils all obligations of one type; what it resolves to is what goes upstream beside the call. */
type Handler<T extends Obligation["type"]> = (
  obligations: readonly ObligationOf<T>[],
  evaluated: EvaluatedCall,
  deps: ObligationDeps,
) => Awaitable<Injection | void>;

/**
 * In this order: what can refuse comes first, what cannot be taken back comes last, so that a credential that cannot be made uses no
 * approval up. A type without an entry cannot be fulfilled.
 */
const handlers: { readonly [T in Obligation["type"]]: Handler<T> } = {
  redact_arguments: each(assertRedacted),
  // Taken before all others, with the limits of the configuration.
  limit: () => {},
  inject_credential: injectCredentials,
  label_session: each(labelSession),
  consume_approval: each(consumeApproval),
};
const order = Object.keys(handlers) as Obligation["type"][];

export interface Fulfilled {
  /** Types, one for each obligation. */
  readonly obligations: readonly string[];
  readonly injection: Injection;
  /** What the call has taken from its limits, to be ended with it; null when nothing limits it. */
  readonly limits: LimitsTaken | null;
}

/**
 * Does everything the permission depends on, before the first upstream byte. An obligation that cannot be fulfilled is a deny. Limits
 * come first, so that no approval is used up for a call that has no room, and are given back when something after them refuses.
 */
export function fulfil(evaluated: EvaluatedCall, deps: ObligationDeps): Awaitable<Fulfilled> {
  return after(deps.limits.take(evaluated), (limits) =>
    limits === null ? fulfilAll(evaluated, deps, null) : fulfilWithin(limits, evaluated, deps),
  );
}

async function fulfilWithin(limits: LimitsTaken, evaluated: EvaluatedCall, deps: ObligationDeps): Promise<Fulfilled> {
  try {
    return await fulfilAll(evaluated, deps, limits);
  } catch (thrown) {
    limits.ended(null);
    throw thrown;
  }
}

function fulfilAll(evaluated: EvaluatedCall, deps: ObligationDeps, limits: LimitsTaken | null): Awaitable<Fulfilled> {
  const obligations = withConsumption(evaluated);
  return obligations.length === 0
    ? after(injectCredentials([], evaluated, deps), (injection) => ({
        obligations: noObligations,
        injection,
        limits,
      }))
    : fulfilEach(obligations, evaluated, deps, limits);
}

async function fulfilEach(
  obligations: readonly Obligation[],
  evaluated: EvaluatedCall,
  deps: ObligationDeps,
  limits: LimitsTaken | null,
): Promise<Fulfilled> {
  const unknown = obligations.find((obligation) => !order.includes(obligation.type));
  if (unknown !== undefined) throw new Refusal("obligation_failed", { hint: unknown.type });
  const done: string[] = [];
  let injection = noInjection;
  for (const type of order) {
    const ofType = obligations.filter((obligation) => obligation.type === type);
    // The route's own credential is injected without an obligation.
    if (ofType.length === 0 && type !== "inject_credential") continue;
    injection = (await (handlers[type] as Handler<typeof type>)(ofType, evaluated, deps)) ?? injection;
    done.push(...ofType.map(() => type));
  }
  return { obligations: done, injection, limits };
}

function each<T extends Obligation["type"]>(
  handle: (obligation: ObligationOf<T>, evaluated: EvaluatedCall, deps: ObligationDeps) => void | Promise<void>,
): Handler<T> {
  return async (obligations, evaluated, deps) => {
    for (const obligation of obligations) await handle(obligation, evaluated, deps);
  };
}

/** With the credential that the route always sends. */
function injectCredentials(
  named: readonly InjectCredential[],
  evaluated: EvaluatedCall,
  { inject }: ObligationDeps,
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
    facts.approval.status === "approved" && !obligations.some((obligation) => obligation.type === "consume_approval");
  return forgotten ? [...obligations, { type: "consume_approval" }] : obligations;
}

/** The call was changed before it was judged; whoever does not change calls, such as the AuthZEN endpoint, cannot fulfil this. */
function assertRedacted(
  obligation: Extract<Obligation, { type: "redact_arguments" }>,
  { call }: EvaluatedCall,
  { find }: ObligationDeps,
): void {
  if (!isRedacted(call, argumentRedactions([obligation]), find))
    throw new Refusal("obligation_failed", { hint: "the arguments are not redacted" });
}

/** Uses the approval up, on disk, before anything is sent: at most once, whoever else tries at the same time. */
async function consumeApproval(
  _obligation: Extract<Obligation, { type: "consume_approval" }>,
  evaluated: EvaluatedCall,
  deps: ObligationDeps,
): Promise<void> {
  const { id, status } = evaluated.facts.approval;
  if (id === null || status !== "approved") throw new Refusal("obligation_failed", { hint: "no approval to consume" });
  if (await deps.holds.consume(id, keyedByGrant(evaluated))) return;
  // Somebody else was first: another try of the call, or a person who denied it since it was judged.
  const approval = await deps.holds.get(id);
  const isEnded = approval !== null && approvalTransitions[approval.state].length === 0;
  throw isEnded ? refusalOfEnded(approval) : new Refusal("approval_consumed");
}

/** Before the call is sent, not after its answer: two calls at once must not slip past each other. */
async function labelSession(
  obligation: Extract<Obligation, { type: "label_session" }>,
  evaluated: EvaluatedCall,
  deps: ObligationDeps,
): Promise<void> {
  await deps.sessions.label(evaluated, obligation.labels);
}
