import type { Obligation } from "../../domain/decision.ts";
import type { Judged } from "../../domain/judged.ts";
import type { DutyContext } from "./types.ts";

/** Before the call is sent, not after its answer: two calls at once must not slip past each other. */
export function labelSession(
  duty: Extract<Obligation, { type: "label_session" }>,
  judged: Judged,
  context: DutyContext,
): void {
  context.sessions.label(judged, duty.labels);
}
