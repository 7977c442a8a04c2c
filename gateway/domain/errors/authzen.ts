/** Questions of other enforcement points (AuthZEN), and their requests for approval (ARAP). */
export const authzenErrors = {
  authzen_request_invalid: { status: 400, sentence: "The request is not one that AuthZEN 1.0 describes." },
  arap_not_requestable: { status: 400, sentence: "People are not asked about this; the denial cannot be requested." },
  arap_expired_denial: { status: 410, sentence: "The denial is too old to be requested; evaluate again." },
  arap_invalid_denial_binding: {
    status: 400,
    sentence: "The request does not belong to the denial that it names.",
  },
  arap_duplicate_request: {
    status: 409,
    sentence: "This Idempotency-Key was used for another access request; nobody was asked.",
  },
  arap_unknown_task: { status: 404, sentence: "No such task for this caller." },
  arap_task_expired: { status: 410, sentence: "The task is over, and what came of it is no longer told." },
  arap_invalid_task_state: { status: 409, sentence: "The task is decided; it can no longer be cancelled." },
  arap_callback_refused: { status: 400, sentence: "The callback endpoint is not one that this gateway may call." },
} as const;
