import { outcome, type Outcome } from "../../domain/decision-record.ts";
import { type ErrorCode, Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import type { Clock, Holds } from "../../domain/ports.ts";
import { after, type Awaitable } from "../../lib/awaitable.ts";
import { within } from "../../lib/event-loop.ts";
import { bindingOf } from "../../domain/binding.ts";
import { type Cancellations, keptWaiting } from "../hold/wait.ts";
import { refuse } from "../respond/refuse.ts";
import type { ResultPhase } from "../results/result-phase.ts";
import { type KeptResult, type KeptResults, mostResultBytes } from "./kept-results.ts";
import { replay } from "./replay.ts";

interface RepeatDeps {
  readonly kept: KeptResults;
  readonly holds: Pick<Holds, "used" | "draining">;
  readonly cancellations: Cancellations;
  /** Judges what is given once more, by the policy that is active then. */
  readonly results: Pick<ResultPhase, "of" | "beforeSent">;
  readonly clock: Clock;
}

/**
 * The approval that exactly this call has used up already, when what comes of that may be kept for its caller; else null. Cost for
 * a call that is about to be held while anything is kept: two digests and one indexed read.
 * @throws Refusal approval_consumed for a call that cannot be given the result and must not run
 */
export function usedUp(
  exchange: Exchange,
  evaluated: EvaluatedCall,
  { kept, holds }: RepeatDeps,
): Awaitable<string | null> {
  const { call, facts, decision } = evaluated;
  // Who asks for a task reads no other answer.
  const readsIt = exchange.task === undefined && call.mcp?.tasks?.kind !== "augmented";
  if (facts.repeats !== null) {
    if (!readsIt) throw new Refusal("approval_consumed");
    return facts.repeats;
  }
  if (decision.effect !== "hold" || !readsIt || kept.isEmpty) return null;
  return after(holds.used(bindingOf(evaluated)), (item) =>
    item?.idempotency_key === call.idempotencyKey ? item.id : null,
  );
}

/**
 * Answers a call that was approved and sent before: with what that came to, once more. While it is still being executed the
 * caller waits as its kind of client can; who waited then takes nothing from others that wait, for nobody knows which of them is
 * still read. Nothing is sent to the tool server.
 */
export async function answerRepeated(
  exchange: Exchange,
  evaluated: EvaluatedCall,
  approvalId: string,
  deps: RepeatDeps,
): Promise<Outcome> {
  const { kept, results } = deps;
  const running = kept.running(approvalId);
  const waited = running !== undefined || exchange.resumed !== null;
  const cancelled = running !== undefined && (await untilEnded(exchange, evaluated, { approvalId, running }, deps));
  if (cancelled || exchange.connection.aborted) {
    exchange.res.destroy();
    return outcome({ kind: "abandoned", code: "client_gone", approvalId });
  }
  // With its result it is over, whoever else still tries to use the approval.
  if (kept.look(approvalId) === undefined && kept.running(approvalId) !== undefined)
    return refuseRepeat(exchange, approvalId, "approval_running");
  const given = { approvalId, results };
  if (waited) return give(exchange, evaluated, { ...given, kept: kept.look(approvalId) });
  const taken = kept.take(approvalId);
  if (taken === undefined) return give(exchange, evaluated, { ...given, kept: undefined });
  exchange.res.once("close", () => {
    if (!exchange.res.writableFinished) taken.giveBack();
  });
  let ended: Outcome | null = null;
  try {
    ended = await give(exchange, evaluated, { ...given, kept: taken.kept });
    return ended;
  } finally {
    // What policy withholds is still the result of this call: were it gone, people would be asked to let the call run once more.
    if (ended === null || ended.kind === "withheld") taken.giveBack();
  }
}

/** True when the caller called its request off meanwhile. */
function untilEnded(
  exchange: Exchange,
  evaluated: EvaluatedCall,
  { approvalId, running }: { readonly approvalId: string; readonly running: Promise<unknown> },
  { cancellations, holds, clock }: RepeatDeps,
): Promise<boolean> {
  return cancellations.during(evaluated, async (cancelled) => {
    const stop = AbortSignal.any([exchange.connection.signal, cancelled, holds.draining]);
    const text = `The call was approved (${approvalId}) and is being executed`;
    await keptWaiting(exchange, evaluated.call, { clock, text, work: (ms) => within(running, ms, stop) });
    return cancelled.aborted;
  });
}

interface Given {
  readonly approvalId: string;
  readonly kept: KeptResult | undefined;
  readonly results: RepeatDeps["results"];
}

async function give(
  exchange: Exchange,
  evaluated: EvaluatedCall,
  { approvalId, kept, results }: Given,
): Promise<Outcome> {
  if (kept === undefined) return refuseRepeat(exchange, approvalId, "approval_consumed");
  const { result } = kept;
  const lost = whyLost(result, evaluated);
  if (typeof result === "string" || lost !== null)
    return refuseRepeat(exchange, approvalId, "approval_result_lost", lost);
  // It may come back in another session than the one in which the call was sent.
  await results.beforeSent(evaluated);
  return replay(exchange, evaluated, { approvalId, kept, result }, results.of(evaluated));
}

function whyLost(result: KeptResult["result"], { call }: EvaluatedCall): string | null {
  if (result === "too_large") return `it ran, and its result was larger than ${mostResultBytes / 1_024} KiB`;
  if (result === "withheld") return "it ran, and policy withheld its answer";
  if (result === "unknown") return "how it ended is not known";
  const era = result.kind === "mcp" ? result.era : undefined;
  // Of an operation the HTTP answer is kept, of which the message is made anew.
  return era === (call.operation === undefined ? call.mcp?.era : undefined)
    ? null
    : "it ran, and its result is of another version of the protocol";
}

function refuseRepeat(exchange: Exchange, approvalId: string, code: ErrorCode, hint: string | null = null): Outcome {
  const headers = { Location: `/approvals/${approvalId}` };
  return { ...refuse(exchange, new Refusal(code, hint === null ? { headers } : { headers, hint })), approvalId };
}
