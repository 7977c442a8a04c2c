import { ResultPhase } from "../../../gateway/act/results/result-phase.ts";
import { activePolicy, evaluated, facts, route, TestClock, toolCall } from "../../support/builders.ts";
import { type Spread, spread } from "../statistics.ts";

const calls = 200_000;
const batches = 15;

/** µs that the result phase adds to a call where no rule says anything about results, and none asks where values come from. */
export function measureNoRules(rounds: number): Spread {
  const nobody = (): never => {
    throw new Error("a result was read, though no rule is about it");
  };
  const phase = new ResultPhase({
    evaluate: nobody,
    find: nobody,
    fits: nobody,
    clock: new TestClock(),
    sessions: { label: nobody },
    definitions: { outputSchema: nobody },
    provenance: { sent: nobody, learn: nobody },
  });
  const results = { policy: "read", maxBytes: 1_000_000, oversize: "block", streams: "buffer" } as const;
  const call = evaluated({ call: toolCall({ route: route({ results }) }), facts: facts({ policy: activePolicy() }) });
  const batch = (): number => {
    const began = performance.now();
    for (let at = 0; at < calls / batches; at += 1)
      if (phase.beforeSent(call) !== null || phase.of(call) !== null) nobody();
    return ((performance.now() - began) * 1_000) / (calls / batches);
  };
  batch();
  return spread(
    Array.from({ length: rounds }, () => Math.min(...Array.from({ length: batches }, batch))),
    3,
  );
}
