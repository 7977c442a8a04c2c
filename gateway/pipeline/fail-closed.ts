import type { Decision } from "../domain/decision.ts";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { Logger } from "../domain/ports.ts";
import { enforce, type Steps } from "./enforce.ts";

export interface FailClosedOptions {
  readonly step: Steps;
  readonly logger: Logger;
  /** A refusal as a decision, for the record. */
  readonly decisionOf: (refusal: Refusal) => Decision;
  readonly refuse: (exchange: Exchange, refusal: Refusal) => Outcome;
}

/** Runs the request path; whatever it throws becomes a recorded refusal, and never a forward. Never rejects. */
export function failClosed(options: FailClosedOptions): (exchange: Exchange) => Promise<void> {
  return async function handle(exchange) {
    let current = exchange;
    try {
      for (;;) {
        const next = await enforce(options.step, current);
        if (next === null) return;
        current = next;
      }
    } catch (thrown) {
      await refuseRecorded(options, current, asRefusal(thrown));
    }
  };
}

async function refuseRecorded(options: FailClosedOptions, exchange: Exchange, refusal: Refusal): Promise<void> {
  const { step, logger, decisionOf, refuse } = options;
  const fields = { decision_id: exchange.context.decisionId, code: refusal.code, detail: refusal.detail };
  if (refusal.status >= 500) logger.error("a request failed closed", fields);
  try {
    await step.recorded(exchange, decisionOf(refusal), async () => refuse(exchange, refusal));
  } catch (thrown) {
    const unrecorded = asRefusal(thrown);
    logger.error("a refusal could not be recorded", { ...fields, record: unrecorded.detail });
    refuse(
      exchange,
      unrecorded.code === "record_unavailable" ? unrecorded : new Refusal("internal", { cause: thrown }),
    );
  }
}
