import type { EvaluatedCall } from "../domain/exchange.ts";
import type { OutsideSignals, RiskLedger } from "../domain/ports.ts";
import { RiskOnDemand, type RiskSettings, type RiskSignal } from "../domain/risk.ts";
import { sessionKey } from "../domain/session-key.ts";
import { principalKey, type Subject } from "../domain/subject.ts";
import { CallerMemory } from "./caller-memory.ts";
import { destinationsOf, type Digest } from "./destinations.ts";
import { readings } from "./looking.ts";
import { purposeWords } from "./purpose.ts";

export interface RiskLedgerDeps {
  /** What other systems say of callers; durable elsewhere. */
  readonly outside: Pick<OutsideSignals, "of" | "refresh">;
  readonly digest: Digest;
  /** Callers that are remembered; of more, those go that were met last the longest ago. */
  readonly capacity: number;
}

/** Remembers callers in bounded memory, at most some ten kilobytes each. */
export function riskLedger({ outside, digest, capacity }: RiskLedgerDeps): RiskLedger {
  /** The one that called last stands last. */
  const callers = new Map<string, CallerMemory>();
  let last: string | null = null;
  const unknown = new CallerMemory();
  function memoryOf(subject: Subject): CallerMemory {
    const key = principalKey(subject);
    const memory = callers.get(key) ?? new CallerMemory();
    if (key === last) return memory;
    last = key;
    callers.delete(key);
    callers.set(key, memory);
    const [oldest] = callers.keys();
    if (callers.size > capacity && oldest !== undefined) callers.delete(oldest);
    return memory;
  }
  return {
    refresh: () => outside.refresh(),
    fact(about) {
      const look = () => {
        const memory = callers.get(principalKey(about.subject)) ?? unknown;
        return readings({ about, memory, outside: outside.of(about.subject), digest });
      };
      return new RiskOnDemand(look, about.settings, about.now);
    },
    observe(evaluated, now) {
      const settings = evaluated.facts.policy.risk;
      if (settings !== null) note(memoryOf(evaluated.subject), evaluated, settings, { now, digest });
    },
  };
}

interface Moment {
  readonly now: number;
  readonly digest: Digest;
}

/** Found of one call, and still worth something at the next. The others can be seen at any time. */
const passing: ReadonlySet<RiskSignal> = new Set<RiskSignal>([
  "new_destination",
  "burst",
  "unusual_hour",
  "purpose_drift",
]);

/** A call that is held comes again, and counts when it is decided about. */
function note(memory: CallerMemory, evaluated: EvaluatedCall, settings: RiskSettings, { now, digest }: Moment): void {
  const { decision, facts, call, subject } = evaluated;
  if (decision.effect === "hold") return;
  memory.called(now, settings.burst?.perMs ?? null);
  for (const reading of facts.risk.readings) {
    const weighed = settings[reading.name];
    if (weighed !== null && passing.has(reading.name)) memory.keep(reading, weighed.halfLifeMs);
  }
  if (decision.effect === "deny") {
    if (settings.denied_streak !== null && isTelling(decision)) memory.denied(now, settings.denied_streak.halfLifeMs);
    return;
  }
  if (settings.new_destination !== null && facts.catalog.destination.length > 0)
    for (const destination of destinationsOf(call, facts.catalog, digest)) memory.learn(destination);
  const { purpose, declared_by } = facts.intent;
  if (settings.purpose_drift !== null && purpose !== null && declared_by === "token")
    memory.keepPurpose(sessionKey(subject, facts.session), purposeWords(purpose));
}

/** A policy that gives no answer says nothing about its caller; a denial for risk alone would keep the risk up by itself. */
function isTelling({ indeterminate, reasons }: EvaluatedCall["decision"]): boolean {
  return indeterminate === null && !reasons.every(({ rule }) => rule.startsWith("risk/"));
}
