import type { Ids, OutsideSignals, RiskLedger, SessionLedger } from "../domain/ports.ts";
import { saltedDigest } from "../risk/destinations.ts";
import { riskLedger } from "../risk/ledger.ts";

/** Callers that are remembered. */
const capacity = 10_000;

/** Where no other system says anything of callers. */
const nobodySays: Pick<OutsideSignals, "of" | "refresh"> = { of: () => [], refresh: () => null };

/** What is remembered of callers to tell a call from their usual ones; in memory alone. */
export function openRisk(ids: Ids, outside: Pick<OutsideSignals, "of" | "refresh"> = nobodySays): RiskLedger {
  return riskLedger({ outside, capacity, digest: saltedDigest(ids.make("k")) });
}

/** The ledger of sessions; what it observes, risk observes too. */
export function observedBy<Ledger extends SessionLedger>(risk: RiskLedger, sessions: Ledger): Ledger {
  return {
    ...sessions,
    observe(evaluated, now) {
      if (evaluated.facts.policy.risk !== null) risk.observe(evaluated, now);
      return sessions.observe(evaluated, now);
    },
  };
}
