import { outcome, type Outcome } from "../../domain/decision-record.ts";
import { asRefusal, Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall, Exchange, PendingServerRequest } from "../../domain/exchange.ts";
import type { Logger, SessionLedger } from "../../domain/ports.ts";
import { unreadDetail } from "../respond/refusal-wording.ts";
import { refuse } from "../respond/refuse.ts";
import { UnreadAnswers } from "../results/unread-answers.ts";

/**
 * Carries out the decision about a request of a tool server: it reaches the caller, or whoever waits for the answer is told that it does
 * not. People are not asked about one: its server waits on an open connection, with a time limit that nobody knows. Never throws.
 */
export function actOnServerRequest(deps: {
  readonly sessions: Pick<SessionLedger, "label">;
  readonly logger: Pick<Logger, "warn">;
}): (exchange: Exchange, evaluated: EvaluatedCall) => Promise<Outcome> {
  const unread = new UnreadAnswers(deps.logger);
  return async function act({ serverRequest }, evaluated) {
    if (serverRequest === undefined) return outcome({ kind: "refused", code: "internal" });
    try {
      const against = refusalOf(evaluated);
      if (against !== null) return refuseServerRequest(serverRequest, against);
      const labels = labelsOf(evaluated);
      if (labels.length > 0) await deps.sessions.label(evaluated, labels);
      const kept = await serverRequest.pass();
      if (kept === null) return outcome({ kind: "forwarded" });
      const withheld = outcome({ kind: "withheld", code: kept.code, ...unreadDetail(kept) });
      unread.warn(evaluated, withheld);
      return withheld;
    } catch (thrown) {
      return refuseServerRequest(serverRequest, asRefusal(thrown));
    }
  };
}

/** Answers an exchange that failed: its caller, or the tool server whose request it is. */
export function refuseArrival(exchange: Exchange, refusal: Refusal): Outcome {
  const { serverRequest } = exchange;
  return serverRequest === undefined ? refuse(exchange, refusal) : refuseServerRequest(serverRequest, refusal);
}

/** Tells whoever waits for it that a request does not reach the caller. */
function refuseServerRequest({ refused }: PendingServerRequest, refusal: Refusal): Outcome {
  refused(refusal);
  return outcome({ kind: "refused", code: refusal.code });
}

/** Nothing is sent upstream for it, so that any other obligation could not be carried out. */
const mayOblige = "label_session";

function refusalOf({ decision }: EvaluatedCall): Refusal | null {
  const { effect, reasons, obligations, indeterminate } = decision;
  if (indeterminate !== null) return new Refusal(indeterminate);
  const [first] = reasons;
  const details = { reasons, ...(first === undefined ? {} : { hint: first.message }) };
  if (effect === "deny") return new Refusal("server_request_denied", details);
  if (effect === "hold") return new Refusal("server_request_held", details);
  const other = obligations.find(({ type }) => type !== mayOblige);
  return other === undefined ? null : new Refusal("obligation_failed", { hint: other.type });
}

function labelsOf({ decision: { obligations } }: EvaluatedCall): readonly string[] {
  return obligations.flatMap((duty) => (duty.type === mayOblige ? duty.labels : []));
}
