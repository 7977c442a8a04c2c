import { hasLeft, type Outcome } from "../domain/decision-record.ts";
import { asRefusal } from "../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import type { LeaseLedger } from "../domain/ports.ts";
import { errorOfRefusal } from "./respond/refusal-wording.ts";
import type { Awaitable } from "../lib/awaitable.ts";

/**
 * Carries a call out within its task: counted there first, on disk, before anything is used up or sent. What did not leave the
 * gateway counts for nothing. `work` is given what it calls when it begins to send. What left is under way for as long as the exchange
 * says so.
 * @throws Refusal task_used_up, task_busy, task_closed, task_expired, task_unavailable, and what `work` throws
 */
export async function withinTask(
  leases: Pick<LeaseLedger, "take">,
  exchange: Pick<Exchange, "counted">,
  evaluated: EvaluatedCall,
  work: (sending: () => void) => Awaitable<Outcome>,
): Promise<Outcome> {
  const taken = leases.take(evaluated);
  if (taken === null) return work(() => undefined);
  const counted = await taken;
  let isSending = false;
  let isOver = false;
  const over = (isCounted: boolean): void => {
    if (!isOver) counted.ended(isCounted);
    isOver = true;
  };
  const ended = (isCounted: boolean): void => {
    if (isCounted && exchange.counted !== undefined) exchange.counted.whenFree(() => over(true));
    else over(isCounted);
  };
  try {
    const outcome = await work(() => {
      isSending = true;
      exchange.counted?.whenFree((isEarly) => isEarly && over(true));
    });
    ended(isSending && hasLeft(outcome));
    return outcome;
  } catch (thrown) {
    ended(isSending && mayHaveLeft(thrown));
    throw thrown;
  }
}

/** Only a refusal that says that nothing was executed is believed. */
function mayHaveLeft(thrown: unknown): boolean {
  const refusal = asRefusal(thrown);
  return refusal.code === "internal" || errorOfRefusal(refusal, "").executed !== false;
}
