import type { OutsideSignals, RiskLedger, SessionLedger } from "../domain/ports.ts";
import { saltedDigest } from "../risk/destinations.ts";
import { riskLedger } from "../risk/ledger.ts";

/** Callers that are remembered. */
const capacity = 10_000;

export interface OpenRiskDeps {
  /** What other systems say of callers. */
  readonly outside: Pick<OutsideSignals, "of" | "refresh">;
  /** Names this process, from its start to its end. */
  readonly process: string;
}

/** What is remembered of callers to tell a call from their usual ones; in memory alone. */
export function openRisk({ outside, process }: OpenRiskDeps): RiskLedger {
  return riskLedger({ outside, capacity, digest: saltedDigest(process) });
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
