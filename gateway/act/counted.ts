import { calledOffMs, CountedCall } from "../domain/counted-call.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import type { LimitsTaken } from "../domain/ports.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import type { Cancellations } from "./hold/wait.ts";

/** Whether a limit, or the task of the call, counts calls under way. */
export function countsUnderWay({ facts }: EvaluatedCall, limits: LimitsTaken | null): boolean {
  return limits?.isUnderWay === true || (facts.task?.concurrent_left ?? null) !== null;
}

/**
 * Sends a call that is counted as under way: until its tool server is done with it, whether or not its caller waits. Of one that its caller
 * called off many servers say nothing more; it counts for a moment longer.
 */
export function whileCounted(
  cancellations: Pick<Cancellations, "during">,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  send: (counted: CountedCall) => Awaitable<Outcome>,
): Promise<Outcome> {
  const counted = new CountedCall();
  exchange.counted = counted;
  return cancellations.during(evaluated, async (cancelled) => {
    cancelled.addEventListener("abort", () => setTimeout(() => counted.calledOff(), calledOffMs).unref(), {
      once: true,
    });
    try {
      return await send(counted);
    } finally {
      counted.ended();
    }
  });
}
