import type { Approval } from "../../domain/approval.ts";
import type { Exchange } from "../../domain/exchange.ts";
import type { Judged } from "../../domain/judged.ts";
import { outcome, type Outcome } from "../../domain/outcome.ts";
import type { Clock, HeldTasks, Holds } from "../../domain/ports.ts";
import type { Cancellations } from "./cancellations.ts";
import { openHold } from "./open-hold.ts";
import { endedTold, pendingTold } from "./pending.ts";
import { tell } from "../respond/refuse.ts";
import { tellHeld } from "../respond/tell-http.ts";
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
export async function hold(exchange: Exchange, judged: Judged, options: HoldOptions): Promise<Outcome> {
  const opened = openedFor(exchange, judged, options);
  if ("kind" in opened) return opened;
  const [approval, left] = await waiting(exchange, judged, opened, options);
  const known = { approvalId: approval.id };
  if (left) {
    exchange.res.destroy();
    return outcome({ kind: "abandoned", code: "client_gone", ...known });
  }
  if (approval.state === "approved") return outcome({ kind: "resumed", ...known });
  if (approval.state === "held")
    return outcome({ kind: "held", status: tellPending(exchange, judged, approval, options.clock), ...known });
  const told = endedTold(approval, judged.decisionId);
  return outcome({ kind: "refused", status: tell(exchange, told, {}), code: told.code, ...known });
}

/** What is open for the call now: of the item, which is large, only what the wait needs; or the outcome, with a task. */
function openedFor(exchange: Exchange, judged: Judged, { holds, tasks }: HoldOptions): Outcome | Opened {
  const approval = openHold(judged, holds);
  const { id, requirement } = approval;
  return tasks.hold(exchange, judged, approval) ?? { id, summary: requirement.summary };
}

/** The item after the wait, and whether its caller is gone by then. */
async function waiting(
  exchange: Exchange,
  judged: Judged,
  opened: Opened,
  { holds, cancellations, clock }: HoldOptions,
): Promise<readonly [Approval, boolean]> {
  return cancellations.during(judged, async (cancelled) => {
    const { gone } = exchange;
    const stop = AbortSignal.any([gone.signal, cancelled, holds.draining]);
    const approval = await waitForPeople(exchange, judged.call, opened, { holds, clock, stop });
    if (isCalledOff(exchange, judged, cancelled) && judged.call.route.hold.onCancel === "withdraw")
      holds.withdraw(approval.id, "its caller called the request off");
    return [approval, gone.aborted || cancelled.aborted];
  });
}

/** In the stateless era a closed stream means just that (MCP 2026-07-28, cancellation); before, it means nothing. */
function isCalledOff({ gone }: Exchange, { call }: Judged, cancelled: AbortSignal): boolean {
  return cancelled.aborted || (call.mcp?.era === "modern" && gone.aborted);
}

function tellPending(exchange: Exchange, judged: Judged, approval: Approval, clock: Clock): number | null {
  const { route } = judged.call;
  const told = pendingTold(approval, route.hold.status, judged.decisionId, clock);
  if (route.protocol === "mcp") return tell(exchange, told, {});
  return tellHeld(exchange.res, told, route.hold.status, preferenceApplied(judged.call));
}
