import type { Decision } from "../domain/decision.ts";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { RequestContext } from "../domain/exchange.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { Logger } from "../domain/ports.ts";
import { type Arrival, type Door, enforce, type Enter, type Gathered, type Read, type Steps } from "./enforce.ts";

export interface RefusalDeps {
  readonly record: Steps<Arrival>["record"];
  /** A refusal as a decision, for the record. */
  readonly decisionOf: (refusal: Refusal) => Decision;
  readonly logger: Logger;
}

export interface PathDeps<A extends Arrival, R extends Read, G extends Gathered> extends RefusalDeps {
  readonly door: Door<A, R, G>;
  /** Answers the caller of the arrival. Never throws. */
  readonly refuse: (arrival: A, refusal: Refusal) => Outcome;
  /** The same arrival once more, with the approval that people gave while its caller waited. */
  readonly resume: (arrival: A, approvalId: string) => A;
}

/**
 * The request path as its callers see it: whatever it throws becomes a recorded refusal and never a forward, and a call that
 * people approved while its caller waited goes through it again. There is no second way in.
 */
export function failClosed<A extends Arrival, R extends Read, G extends Gathered>(deps: PathDeps<A, R, G>): Enter<A> {
  return async function enter(arrival) {
    let current = arrival;
    try {
      for (;;) {
        const { kind, approvalId } = await enforce(deps.door, current, enter);
        if (kind !== "resumed" || approvalId === null) return;
        current = deps.resume(current, approvalId);
      }
    } catch (thrown) {
      const failed = current;
      await refuseRecorded(deps, failed.context, asRefusal(thrown), (refusal) => deps.refuse(failed, refusal));
    }
  };
}

/** Records a refusal and answers with it. When it cannot be recorded, answers with that failure instead. Never rejects. */
export async function refuseRecorded(
  { record, decisionOf, logger }: RefusalDeps,
  context: RequestContext,
  refusal: Refusal,
  refuse: (refusal: Refusal) => Outcome,
): Promise<void> {
  const fields = { decision_id: context.decisionId, code: refusal.code, detail: refusal.detail };
  if (refusal.status >= 500) logger.error("a request failed closed", fields);
  try {
    await record(context, decisionOf(refusal), async () => refuse(refusal));
  } catch (thrown) {
    const unrecorded = asRefusal(thrown);
    logger.error("a refusal could not be recorded", { ...fields, record: unrecorded.detail });
    refuse(unrecorded.code === "record_unavailable" ? unrecorded : new Refusal("internal", { cause: thrown }));
  }
}
