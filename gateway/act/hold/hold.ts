import type { Approval } from "../../domain/approval.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import { outcome, type Outcome } from "../../domain/decision-record.ts";
import type { Clock, HeldTasks, Holds } from "../../domain/ports.ts";
import type { Cancellations } from "./cancellations.ts";
import { openHold } from "./open-hold.ts";
import { errorOfEnded, errorOfPending } from "./pending.ts";
import { respond } from "../respond/refuse.ts";
import { respondHeld } from "../respond/tell-http.ts";
import { preferenceApplied } from "./http.ts";
import { type Opened, waitForPeople } from "./wait.ts";

export interface HoldOptions {
  readonly holds: Holds;
  readonly cancellations: Cancellations;
  readonly clock: Clock;
  readonly tasks: HeldTasks;
}

/**
 * Holds a call: durable first, then the caller gets a task to ask about, or waits as its protocol allows. When people
 * approve while it waits, the outcome is `resumed` and the call goes through the whole path again; a caller that has left
 * is never executed for.
 */
export async function hold(exchange: Exchange, evaluated: EvaluatedCall, options: HoldOptions): Promise<Outcome> {
  const opened = openedFor(exchange, evaluated, options);
  if ("kind" in opened) return opened;
  const [approval, left] = await waiting(exchange, evaluated, opened, options);
  const known = { approvalId: approval.id };
  if (left) {
    exchange.res.destroy();
    return outcome({ kind: "abandoned", code: "client_gone", ...known });
  }
  if (approval.state === "approved") return outcome({ kind: "resumed", ...known });
  if (approval.state === "held")
    return outcome({ kind: "held", status: tellPending(exchange, evaluated, approval, options.clock), ...known });
  const told = errorOfEnded(approval, evaluated.decisionId);
  return outcome({ kind: "refused", status: respond(exchange, told, {}), code: told.code, ...known });
}

/** What is open for the call now: of the item, which is large, only what the wait needs; or the outcome, with a task. */
function openedFor(exchange: Exchange, evaluated: EvaluatedCall, { holds, tasks }: HoldOptions): Outcome | Opened {
  const approval = openHold(evaluated, holds);
  const { id, requirement } = approval;
  return tasks.hold(exchange, evaluated, approval) ?? { id, summary: requirement.summary };
}

/** The item after the wait, and whether its caller is gone by then. */
async function waiting(
  exchange: Exchange,
  evaluated: EvaluatedCall,
  opened: Opened,
  { holds, cancellations, clock }: HoldOptions,
): Promise<readonly [Approval, boolean]> {
  return cancellations.during(evaluated, async (cancelled) => {
    const { connection } = exchange;
    const stop = AbortSignal.any([connection.signal, cancelled, holds.draining]);
    const approval = await waitForPeople(exchange, evaluated.call, opened, { holds, clock, stop });
    if (isCalledOff(exchange, evaluated, cancelled) && evaluated.call.route.hold.onCancel === "withdraw")
      holds.withdraw(approval.id, "its caller called the request off");
    return [approval, connection.aborted || cancelled.aborted];
  });
}

/** In the stateless era a closed stream means just that (MCP 2026-07-28, cancellation); before, it means nothing. */
function isCalledOff({ connection }: Exchange, { call }: EvaluatedCall, cancelled: AbortSignal): boolean {
  return cancelled.aborted || (call.mcp?.era === "modern" && connection.aborted);
}

function tellPending(exchange: Exchange, evaluated: EvaluatedCall, approval: Approval, clock: Clock): number | null {
  const { route } = evaluated.call;
  const told = errorOfPending(approval, route.hold.status, evaluated.decisionId, clock);
  if (route.protocol === "mcp") return respond(exchange, told, {});
  return respondHeld(exchange.res, told, route.hold.status, preferenceApplied(evaluated.call));
}
