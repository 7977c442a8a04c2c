import { hasLeft, type Outcome } from "../domain/decision-record.ts";
import { Refusal } from "../domain/errors.ts";
import type { EvaluatedCall } from "../domain/exchange.ts";
import { type ConfiguredLimit, countKeys, type Limit, limitOf } from "../domain/limit.ts";
import { coversTool, isCounted } from "../domain/lease.ts";
import type { CallLimits, CountAsk, CountFull, CountsTaken, LimitCounts, LimitsTaken } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import { principalKey } from "../domain/subject.ts";
import { resourceId, type ToolCall } from "../domain/tool-call.ts";
import { oncePer, Recent } from "../lib/caches.ts";
import { decimal } from "../lib/decimal.ts";
import type { Admission, Breakers } from "./breakers.ts";
import { limitReached, limitTooSmall } from "./refusals.ts";
import { sameCall } from "./same-call.ts";

export interface CallLimitsDeps {
  readonly limits: readonly ConfiguredLimit[];
  readonly counts: LimitCounts;
  readonly breakers: Breakers;
  /** What a call costs, by unit; null for a unit of which it cannot be told. */
  readonly prices: (evaluated: EvaluatedCall) => ReadonlyMap<string, bigint | null>;
  /** Called with the name of a limit that refused a call. */
  readonly onRefused: (limit: string) => void;
}

/** The limits of the configuration and those that obligations ask for, by one mechanism. */
export function callLimits(deps: CallLimitsDeps): CallLimits {
  const { limits, counts, breakers } = deps;
  const configured = configuredFor(limits);
  return {
    take(evaluated) {
      const { call } = evaluated;
      // The gateway answers these itself, and what they execute comes here as a call of its own.
      if (call.resourceType === "task") return null;
      const asks = asksOf(evaluated, isCounted(call) ? configured(call) : none, deps);
      const admission = breakers.admit(call, principalKey(evaluated.subject));
      if (asks.length === 0) return admission === null ? null : new Taken(null, admission, false);
      const answer = counts.take(asks.map(({ ask }) => ask));
      return answer instanceof Promise
        ? answer.then(
            (late) => takenOr(deps, asks, late, admission),
            (failure: unknown) => {
              admission?.ended(null);
              throw failure;
            },
          )
        : takenOr(deps, asks, answer, admission);
    },
  };
}

interface Asked {
  readonly limit: Limit;
  readonly ask: CountAsk;
}

const none: readonly Keyed[] = [];

/** A limit, and how its counts are named for the calls of one route and tool. */
interface Keyed {
  readonly limit: Limit;
  readonly keyOf: ReturnType<typeof countKeys>;
}

/** Tools of a route whose limits are remembered: callers can invent any number of names. */
const toolsKept = 4_096;

function configuredFor(limits: readonly ConfiguredLimit[]): (call: ToolCall) => readonly Keyed[] {
  if (limits.length === 0) return () => none;
  const ofRoute = oncePer((_route: Route) => new Recent<readonly Keyed[]>(toolsKept));
  return function configured(call) {
    const known = ofRoute(call.route);
    const before = known.get(call.name);
    if (before !== undefined) return before;
    const those = limits.filter(({ routes, tools }) => {
      if (routes.length > 0 && !routes.includes(call.route.id)) return false;
      return tools.length === 0 || coversTool(tools, call);
    });
    const keyed = those.map((limit) => ({ limit, keyOf: countKeys(limit, `${limit.name} `, call) }));
    known.set(call.name, keyed);
    return keyed;
  };
}

/** @throws Refusal price_unknown, limit_too_small, obligation_failed */
function asksOf(evaluated: EvaluatedCall, configured: readonly Keyed[], deps: CallLimitsDeps): readonly Asked[] {
  const { obligations } = evaluated.decision;
  if (configured.length === 0 && obligations.length === 0) return noAsks;
  const asks: Asked[] = [];
  for (const { limit, keyOf } of configured) push(asks, limit, keyOf(evaluated), evaluated, deps);
  for (const duty of obligations) {
    if (duty.type !== "limit") continue;
    const limit = limitOf(duty, decimal);
    if (limit === null) throw new Refusal("obligation_failed", { hint: `limit ${JSON.stringify(duty)}` });
    push(asks, limit, countKeys(limit, JSON.stringify(duty), evaluated.call)(evaluated), evaluated, deps);
  }
  return asks;
}

const noAsks: readonly Asked[] = [];

function push(asks: Asked[], limit: Limit, named: string, evaluated: EvaluatedCall, deps: CallLimitsDeps): void {
  const { measure } = limit;
  const { subject, call } = evaluated;
  // Another enforcement point sends the call, and never says when it has ended.
  if (measure.kind === "concurrent" && call.route.protocol === "authzen") return unending(limit, evaluated);
  const amount = measure.kind === "spend" ? priceOf(limit, evaluated, deps) : 1n;
  if (amount === 0n) return;
  const key = measure.kind === "loop" ? named + sameCall(call) : named;
  // Two obligations that ask for the same count as one.
  if (asks.some(({ ask }) => ask.key === key)) return;
  asks.push({ limit, ask: { key, asker: principalKey(subject), measure, amount } });
}

/** A limit of the configuration is not about such calls; policy that asks for one cannot be served. */
function unending({ name }: Limit, { decision }: EvaluatedCall): void {
  const asked = decision.obligations.some((duty) => duty.type === "limit" && duty.kind === "concurrent");
  if (asked) throw new Refusal("obligation_failed", { hint: `${name}: calls under way are not counted here` });
}

/** @throws Refusal price_unknown, limit_too_small */
function priceOf(limit: Limit, evaluated: EvaluatedCall, { prices, onRefused }: CallLimitsDeps): bigint {
  const { unit, max } = limit.measure as Extract<Limit["measure"], { kind: "spend" }>;
  const price = prices(evaluated).get(unit);
  if (price === undefined) return 0n;
  if (price !== null && price <= max) return price;
  onRefused(limit.name);
  throw price === null
    ? new Refusal("price_unknown", { hint: `${unit} of ${resourceId(evaluated.call)}` })
    : limitTooSmall(limit);
}

function takenOr(
  { onRefused }: CallLimitsDeps,
  asks: readonly Asked[],
  answer: CountsTaken | CountFull,
  admission: Admission | null,
): LimitsTaken {
  if (!("full" in answer)) return new Taken(answer, admission, asks.some(isUnderWay));
  admission?.ended(null);
  const { limit } = asks[answer.full] as Asked;
  onRefused(limit.name);
  throw limitReached(limit, answer.retryAfterMs);
}

function isUnderWay({ limit }: Asked): boolean {
  return limit.measure.kind === "concurrent";
}

class Taken implements LimitsTaken {
  readonly isUnderWay: boolean;
  readonly #counts: CountsTaken | null;
  readonly #admission: Admission | null;

  constructor(counts: CountsTaken | null, admission: Admission | null, isUnderWay: boolean) {
    this.isUnderWay = isUnderWay;
    this.#counts = counts;
    this.#admission = admission;
  }

  ended(outcome: Outcome | null): void {
    this.#admission?.ended(outcome);
    if (outcome === null || !hasLeft(outcome)) this.#counts?.giveBack();
    else if (!this.isUnderWay) this.#counts?.end();
  }

  leave(): void {
    this.#counts?.end();
  }
}
