import type { Obligation } from "../../domain/decision.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import type { DutyContext } from "./types.ts";

/** Before the call is sent, not after its answer: two calls at once must not slip past each other. */
export function labelSession(
  duty: Extract<Obligation, { type: "label_session" }>,
  evaluated: EvaluatedCall,
  context: DutyContext,
): void {
  context.sessions.label(evaluated, duty.labels);
}
