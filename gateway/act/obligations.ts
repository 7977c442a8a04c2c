import { argumentRedactions, type InjectCredential, type Obligation } from "../domain/decision.ts";
import type { FindKinds } from "../domain/detections.ts";
import { Refusal } from "../domain/errors.ts";
import { FairShare } from "../domain/fair-share.ts";
import type { EvaluatedCall } from "../domain/exchange.ts";
import type { Clock, Holds, SessionLedger } from "../domain/ports.ts";
import { principalKey } from "../domain/subject.ts";
import { noObligations } from "../domain/decision-record.ts";
import { keyedByGrant } from "../domain/binding.ts";
import { type Injection, noInjection } from "./credentials/injection.ts";
import type { MakeInjection } from "./credentials/make.ts";
import { isRedacted } from "./redaction/redact-arguments.ts";

/** What obligations need to be carried out. */
export interface DutyContext {
  readonly holds: Holds;
  readonly sessions: SessionLedger;
  readonly clock: Clock;
  readonly windows: CallWindows;
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
) => Promise<Injection | void>;

/**
 * In this order: what can refuse comes first, what cannot be taken back comes last, so that a credential that cannot be made uses no
 * approval up. A type without an entry cannot be carried out.
 */
const carriers: { readonly [T in Obligation["type"]]: Carrier<T> } = {
  redact_arguments: each(assertRedacted),
  limit: each(limitCalls),
  inject_credential: injectCredentials,
  label_session: each(labelSession),
  consume_approval: each(consumeApproval),
};
const order = Object.keys(carriers) as Obligation["type"][];

export interface CarriedOut {
  /** Types, one for each obligation. */
  readonly obligations: readonly string[];
  readonly injection: Injection;
}

/** Does everything the permission depends on, before the first upstream byte. An obligation that cannot be carried out is a deny. */
export async function carryOut(evaluated: EvaluatedCall, context: DutyContext): Promise<CarriedOut> {
  const obligations = withConsumption(evaluated);
  if (obligations.length === 0)
    return { obligations: noObligations, injection: await injectCredentials([], evaluated, context) };
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
  return { obligations: done, injection };
}

function each<T extends Obligation["type"]>(
  carry: (duty: Duty<T>, evaluated: EvaluatedCall, context: DutyContext) => void | Promise<void>,
): Carrier<T> {
  return async (duties, evaluated, context) => {
    for (const duty of duties) await carry(duty, evaluated, context);
  };
}

/** With the credential that the route always sends. */
async function injectCredentials(
  named: readonly InjectCredential[],
  evaluated: EvaluatedCall,
  { inject }: DutyContext,
): Promise<Injection> {
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
function labelSession(
  duty: Extract<Obligation, { type: "label_session" }>,
  evaluated: EvaluatedCall,
  context: DutyContext,
): Promise<void> {
  return context.sessions.label(evaluated, duty.labels);
}

type Limit = Extract<Obligation, { type: "limit" }>;

interface CallWindow {
  count: number;
}

/**
 * Fixed windows in memory, one count per key and window; gone when the window is over, by the monotonic clock. A subject has
 * at most a tenth of them: one that uses up its share, or has most when all are used, begins no new window for a while.
 */
export class CallWindows {
  readonly #windows: FairShare<CallWindow>;

  constructor(clock: Pick<Clock, "monotonic">, capacity = 100_000) {
    const perAsker = Math.max(1, Math.floor(capacity / 10));
    this.#windows = new FairShare({ capacity, perAsker, clock, full: "refuse" });
  }

  /** Counts one call of a subject; false when its window is full, or it may begin no further window. */
  take(subject: string, key: string, windowMs: number, max: number): boolean {
    const known = this.#windows.get(key);
    if (known === undefined) return this.#windows.set(subject, key, { count: 1 }, windowMs) && max >= 1;
    known.count += 1;
    return known.count <= max;
  }
}

function limitCalls(duty: Limit, evaluated: EvaluatedCall, { windows }: DutyContext): void {
  const windowMs = parseWindow(duty.per);
  if (windowMs === null) throw new Refusal("obligation_failed", { hint: `limit per ${duty.per}` });
  const key = JSON.stringify([duty.key, keyOf(duty, evaluated), duty.per, duty.max]);
  if (!windows.take(principalKey(evaluated.subject), key, windowMs, duty.max)) {
    throw new Refusal("limit_exceeded", { hint: `${duty.max} per ${duty.per} for each ${duty.key}` });
  }
}

function keyOf(duty: Limit, { subject, facts, call }: EvaluatedCall): string {
  if (duty.key === "subject") return principalKey(subject);
  // A session that the caller names itself would begin a new window with each new name.
  if (duty.key === "session" && facts.session.trust === "token")
    return JSON.stringify([principalKey(subject), facts.session.id]);
  if (duty.key === "session") return principalKey(subject);
  return JSON.stringify([principalKey(subject), call.route.server, call.name]);
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "30s", "1m", "2h", "1d" in milliseconds; null for anything else. */
function parseWindow(text: string): number | null {
  const found = /^([1-9]\d{0,4})([smhd])$/.exec(text);
  return found === null ? null : Number(found[1]) * (units[found[2] ?? ""] ?? 0);
}
