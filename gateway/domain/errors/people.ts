/** Refusals to callers whose call is held, repeated, run as a task or revoked, and to the people who vote on it. */
export const approvalErrors = {
  approval_pending: { status: 202, sentence: "Waiting for human approval. The call was not executed." },
  approval_denied: { status: 403, sentence: "A person refused this call." },
  approval_expired: { status: 403, sentence: "Nobody approved this call in time; it was not executed." },
  approval_cancelled: { status: 403, sentence: "The request for approval was withdrawn; the call was not executed." },
  approval_consumed: { status: 409, sentence: "The approval was already used; the call was not executed again." },
  approval_running: {
    status: 409,
    sentence: "This call was approved and is being executed now; it was not executed again.",
  },
  approval_result_lost: {
    status: 409,
    sentence: "This call was approved and sent before, and its result cannot be given again; nothing was sent now.",
  },
  approval_mismatch: { status: 409, sentence: "The approval belongs to another call; nothing was executed." },
  approval_unknown: { status: 404, sentence: "No such approval for this caller." },
  approval_closed: { status: 409, sentence: "This approval is already decided." },
  approval_self: { status: 403, sentence: "Nobody can approve a call that was made for themselves." },
  approval_role: { status: 403, sentence: "None of your roles may decide about this call." },
  approval_team: { status: 403, sentence: "This vote is for somebody of another team than the one that asks." },
  approval_scope: { status: 422, sentence: "Policy does not let approvers give a permission as wide as that." },
  approval_step_up: { status: 403, sentence: "Policy asks for a stronger proof of who approves." },
  approval_too_fast: { status: 409, sentence: "This call cannot be undone; read it before you approve it." },
  approval_budget: {
    status: 429,
    sentence: "You have approved as many calls in the last hour as one person should; let somebody else decide.",
  },
  approval_batch: { status: 409, sentence: "A call that cannot be undone is approved by itself, not with others." },
  approval_extension: { status: 409, sentence: "The time to decide cannot be extended now." },
  approval_voted: { status: 409, sentence: "You already voted on this call." },
  approval_reason_missing: { status: 422, sentence: "A refusal needs a reason; the agent is told it." },
  approval_flood: {
    status: 429,
    sentence: "Too many calls of this agent are waiting for approval already; this one was not held.",
  },
  idempotency_reused: {
    status: 422,
    sentence: "This Idempotency-Key was used for another request; nothing was executed.",
  },
  idempotency_busy: { status: 409, sentence: "A request with this Idempotency-Key is being executed now." },
  task_unknown: { status: 404, sentence: "No such task of this caller, or it is no longer kept." },
  task_ended: { status: 409, sentence: "The task has ended already; there is nothing to cancel." },
  task_cancelled: {
    status: 409,
    sentence:
      "The task was cancelled by its caller while the call was under way; whether it was executed is not known.",
  },
  task_interrupted: {
    status: 500,
    sentence: "The gateway stopped while the call was under way; whether it was executed is not known.",
  },
  task_answer_lost: {
    status: 500,
    sentence: "The call was executed once; its answer was lost when the gateway stopped.",
  },
  task_question_lost: {
    status: 502,
    sentence:
      "The tool server asked its caller something in the middle of the task, and nobody took the question; whether the call was executed is not known.",
  },
  tasks_exhausted: { status: 429, sentence: "Too many tasks of this caller are open; this call was not executed." },
  access_revoked: { status: 403, sentence: "Access was ended; the call was not executed." },
  access_ended: {
    status: 403,
    sentence: "Access was ended while this was under way; what was sent before may have been executed.",
  },
  gateway_stopped: { status: 403, sentence: "All calls are stopped by the kill switch; nothing was executed." },
  holds_unavailable: {
    status: 503,
    sentence: "The call needs an approval and approvals cannot be stored now; it was not executed.",
  },
} as const;

/** Refusals to users of the console, by its API; none of them concerns a tool call. */
export const consoleErrors = {
  login_failed: { status: 401, sentence: "The name or the password is wrong." },
  login_throttled: { status: 429, sentence: "Too many failed attempts to sign in; wait and try again." },
  login_expired: {
    status: 400,
    sentence: "This sign-in was not begun in this browser, was used before or took too long; begin it again.",
  },
  login_declined: { status: 403, sentence: "The identity provider refused the sign-in." },
  login_invalid: { status: 403, sentence: "The identity provider's answer is not valid; nobody was signed in." },
  login_claims: {
    status: 403,
    sentence: "The identity provider does not say who you are in a way this gateway reads.",
  },
  login_roles: { status: 403, sentence: "Nothing the identity provider says of you gives you a role in this console." },
  login_conflict: { status: 403, sentence: "Somebody else signs in to this console under your name." },
  login_unavailable: { status: 503, sentence: "The identity provider cannot be asked now; try again later." },
  step_up_required: { status: 403, sentence: "Prove again who you are first." },
  step_up_stale: { status: 403, sentence: "The identity provider did not ask anew who you are; nothing was proven." },
  step_up_person: { status: 403, sentence: "Somebody else signed in at the identity provider; nothing was proven." },
  passkey_missing: { status: 409, sentence: "You have no passkey here; add one to your account first." },
  passkey_refused: { status: 403, sentence: "The passkey's answer is not valid for this." },
  passkey_unknown: { status: 404, sentence: "You have no such passkey." },
  passkey_limit: { status: 409, sentence: "You have as many passkeys as one person may have; remove one first." },
  passkey_host: { status: 409, sentence: "Passkeys need a host name; this console is reached by an address." },
  connection_unknown: { status: 404, sentence: "There is no account of this kind to connect, or none is connected." },
  connection_expired: {
    status: 400,
    sentence: "This connection was not begun by you, was finished before or took too long; begin it again.",
  },
  connection_declined: { status: 403, sentence: "The other side did not let the account be connected." },
  connection_invalid: { status: 403, sentence: "The other side's answer is not valid; nothing was connected." },
  connection_unavailable: { status: 503, sentence: "The other side cannot be asked now; try again later." },
  account_unknown: { status: 404, sentence: "There is no such account." },
  account_configured: {
    status: 409,
    sentence: "This user is named in the configuration; take the name out there and restart.",
  },
  role_required: { status: 403, sentence: "Your roles do not allow this." },
  session_required: { status: 401, sentence: "Sign in first; the session is missing or has ended." },
  csrf_refused: { status: 403, sentence: "The request does not come from a page of this gateway." },
  host_refused: { status: 421, sentence: "This console is not served under that host name." },
  parameter_invalid: { status: 400, sentence: "A parameter of the request is not valid." },
  resource_unknown: { status: 404, sentence: "There is nothing under this address." },
  grant_unknown: { status: 404, sentence: "There is no such grant." },
  policy_revision_unknown: { status: 404, sentence: "There is no such revision of the policy to go to." },
  policy_revision_older: {
    status: 409,
    sentence:
      "That revision was signed before one that has been active, or may have been, so nothing was changed. Say that it is meant (--accept-older).",
  },
  policy_change_unknown: { status: 404, sentence: "No such change of the policy waits to be accepted." },
  policy_change_denied: { status: 409, sentence: "People have denied this change of the policy." },
  policy_revision_refused: { status: 409, sentence: "That revision cannot be active, so nothing was changed." },
  revocation_unmatched: {
    status: 409,
    sentence:
      "Nothing is known by that name, so nothing was ended. Check its spelling, or say that it is meant ahead of time (anyway).",
  },
  revocation_unknown: { status: 404, sentence: "There is no such revocation." },
  definition_moved: {
    status: 409,
    sentence: "The tool's definition is not the one that was shown; look at it again before it is accepted.",
  },
  letter_unknown: { status: 404, sentence: "There is no such dead letter; it may have been sent meanwhile." },
  console_missing: { status: 503, sentence: "The console's pages are not built." },
} as const;

/** Refusals to other enforcement points: of their questions (AuthZEN) and their requests for approval (ARAP). */
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
