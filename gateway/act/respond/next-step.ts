import { type ErrorCode, policyFaults } from "../../domain/errors.ts";
import type { CallerError } from "./told.ts";

const mendPolicy = "Do not send it again: an operator has to mend the policy first.";

/** What a caller does best after an answer that is not the one it wanted. Where nothing is said, `retryable` decides. */
const steps: Partial<Record<ErrorCode, string>> = {
  approval_denied: "Do not send it again: the answer stays no for as long as the question would have been open.",
  approval_expired: "Send it again if it is still wanted; people are then asked anew.",
  approval_cancelled: "Send it again if it is still wanted; people are then asked anew.",
  approval_consumed: "Do not send it again before you know how the execution ended: look at the approval's address.",
  approval_running: "Wait, then send exactly the same request again to get its result.",
  approval_result_lost:
    "Find out at the tool server what it did; sent again, it is a new call, and people are asked anew.",
  approval_flood: "Wait until people have decided about the calls that are waiting, then send it again.",
  idempotency_reused: "Send another request under a new Idempotency-Key, or the first one again unchanged.",
  idempotency_busy: "Wait, then send the same request under the same Idempotency-Key again.",
  tasks_exhausted: "Ask about the open tasks or cancel some, then send it again.",
  task_interrupted: "Do not send it again before you know whether it was executed.",
  task_answer_lost: "Do not send it again.",
  encoding_refused: "Send it again without Content-Encoding, its body as it was before it was encoded.",
  credential_missing: "Get an access token for this route, then send it again.",
  credential_scheme: "Send it again with the token under a scheme that is accepted.",
  token_invalid: "Get a valid token for this route, then send it again.",
  token_audience: "Get a token whose audience is this route, then send it again.",
  token_expired: "Get a new token, then send it again.",
  ...Object.fromEntries([...policyFaults].map((code) => [code, mendPolicy])),
  access_revoked: "Do not send it again: an operator has to give the access back first.",
};

const later = "Send it again later.";
const never = "Do not send it again unchanged.";

/** One sentence, for problem details. */
export function nextStep(told: CallerError): string {
  return specific(told) ?? (told.retryable ? later : never);
}

/** The same for a model, which calls tools with arguments. */
export function adviceFor(told: CallerError): string {
  return specific(told) ?? (told.retryable ? "You may try again later." : "Do not retry with the same arguments.");
}

function specific({ code, reasons }: CallerError): string | undefined {
  return reasons.length === 0 ? steps[code as ErrorCode] : undefined;
}
