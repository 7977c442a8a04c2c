import { usedUnsent } from "../domain/approval.ts";
import { keyedByGrant } from "../domain/binding.ts";
import { type Outcome, outcome } from "../domain/decision-record.ts";
import { asRefusal } from "../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import type { Holds, Logger } from "../domain/ports.ts";
import { after, type Awaitable } from "../lib/awaitable.ts";
import { countsUnderWay, whileCounted } from "./counted.ts";
import type { Injection } from "./credentials/injection.ts";
import type { Cancellations } from "./hold/wait.ts";
import type { Fulfilled } from "./obligations.ts";
import type { ResultPhase } from "./results/result-phase.ts";

/** Sends a call with the gateway's own credential. */
export type SendInjected = (injection: Injection) => Promise<Outcome>;

interface SendFulfilledDeps {
  readonly holds: Pick<Holds, "finish" | "endKey">;
  readonly results: Pick<ResultPhase, "beforeSent">;
  readonly logger: Logger;
  readonly cancellations: Pick<Cancellations, "during">;
}

export interface FulfilledCall extends Fulfilled {
  /** Called when the call has ended. */
  readonly executed: () => void;
}

/** Sends a call whose obligations are fulfilled. */
export function sendFulfilled(
  deps: SendFulfilledDeps,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  fulfilled: FulfilledCall,
  send: SendInjected,
): Awaitable<Outcome> {
  const { limits } = fulfilled;
  const sent = (): Awaitable<Outcome> => sendAndSettle(deps, exchange, evaluated, fulfilled, send);
  if (!countsUnderWay(evaluated, limits)) return sent();
  return whileCounted(deps.cancellations, exchange, evaluated, (counted) => {
    counted.whenFree(() => limits?.leave());
    return sent();
  });
}

function sendAndSettle(
  deps: SendFulfilledDeps,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  { obligations, injection, limits, executed }: FulfilledCall,
  send: SendInjected,
): Awaitable<Outcome> {
  const keyed = keyedByGrant(evaluated);
  const begun = () => after(deps.results.beforeSent(evaluated), () => send(injection));
  const { id, status, grant } = evaluated.facts.approval;
  const isUsedUp = id !== null && status === "approved" && grant === null;
  const sent = isUsedUp ? () => endedIfUnsent(deps, exchange, evaluated, { id, send: begun }) : begun;
  return obligations.length === 0 && keyed === null && limits === null
    ? sent()
    : settlingAfter(sent, obligations, async (result) => {
        executed();
        limits?.ended(result);
        if (keyed !== null) await deps.holds.endKey(keyed);
      });
}

/** The approval is used up. What fails before the sender takes its ending over is its ending: nobody else writes one. */
async function endedIfUnsent(
  { holds, logger }: SendFulfilledDeps,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  { id, send }: { readonly id: string; readonly send: () => Awaitable<Outcome> },
): Promise<Outcome> {
  const approvalEnding = { isTakenOver: false };
  exchange.approvalEnding = approvalEnding;
  const unsent = async (code: string | null): Promise<void> => {
    if (approvalEnding.isTakenOver) return;
    const ending = usedUnsent + (code ?? "refused");
    logger.error(ending, { approval_id: id });
    const release = { revision: evaluated.facts.policy.revision, decisionId: evaluated.decisionId };
    await holds.finish(id, "failed", ending, release);
  };
  let result: Outcome;
  try {
    result = await send();
  } catch (thrown) {
    await unsent(asRefusal(thrown).code);
    throw thrown;
  }
  // The call of a task is refused on its own way, where nobody waits for it.
  if (result.kind === "refused") await unsent(result.code);
  return result;
}

/** `send` may throw at once, too: what has begun with the obligations ends either way. */
async function settlingAfter(
  send: () => Awaitable<Outcome>,
  obligations: readonly string[],
  end: (result: Outcome) => Promise<void>,
): Promise<Outcome> {
  // What is thrown may come after the call has left.
  let result = outcome({ kind: "unknown" });
  try {
    result = await send();
    return { ...result, obligations };
  } finally {
    await end(result);
  }
}
