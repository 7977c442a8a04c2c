import type { EvaluatedCall } from "../../../gateway/domain/exchange.ts";
import type { RiskLedger } from "../../../gateway/domain/ports.ts";
import { saltedDigest } from "../../../gateway/risk/destinations.ts";
import { riskLedger } from "../../../gateway/risk/ledger.ts";
import { activePolicy, catalogFact, evaluated, facts, subject, toolCall } from "../../support/builders.ts";
import { riskSettings } from "../../support/risk.ts";
import { spread } from "../statistics.ts";
import { cpuUs } from "./cpu-time.ts";
import type { Row } from "./row.ts";

const callers = 100;
const settings = riskSettings();

/** Every signal is looked for, of callers that are known; and a call that is remembered without being read. */
export function riskRows(rounds: number): Row[] {
  return [
    row("risk that is read, with a destination", 10, rounds, readAndRemembered),
    row("risk that nobody reads", null, rounds, remembered),
  ];
}

function row(
  what: string,
  goal_us: number | null,
  rounds: number,
  play: (ledger: RiskLedger, call: EvaluatedCall, now: number) => void,
): Row {
  const outside = { of: () => [], refresh: () => null };
  const ledger = riskLedger({ outside, capacity: 1_000, digest: saltedDigest("salt") });
  const catalog = catalogFact({ destination: ["/to"] });
  const known = facts({ policy: activePolicy({ risk: settings }), catalog });
  const calls = Array.from({ length: callers }, (_, at) => {
    const call = toolCall({ arguments: { to: `user-${at % 7}@shop.example`, amount: at } });
    return evaluated({ call, subject: subject({ id: `agent-${at}` }), facts: known });
  });
  let at = 0;
  const work = (): void => play(ledger, calls[at++ % callers] as EvaluatedCall, 1_790_000_000_000 + at);
  return {
    what,
    goal_us,
    us: spread(
      Array.from({ length: rounds }, () => cpuUs(work)),
      2,
    ),
  };
}

function readAndRemembered(ledger: RiskLedger, call: EvaluatedCall, now: number): void {
  const risk = ledger.fact({ ...call.facts, call: call.call, subject: call.subject, settings, now });
  if (risk.score === null) throw new Error("nothing was looked for");
  ledger.observe({ ...call, facts: { ...call.facts, risk } }, now);
}

function remembered(ledger: RiskLedger, call: EvaluatedCall, now: number): void {
  const risk = ledger.fact({ ...call.facts, call: call.call, subject: call.subject, settings, now });
  ledger.observe({ ...call, facts: { ...call.facts, risk } }, now);
}
