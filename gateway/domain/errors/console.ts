/** Errors of the console's API; none of them concerns a tool call. */
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
    sentence: "The identity provider does not say who you are in a way this console reads.",
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
  account_unknown: { status: 404, sentence: "There is no such account." },
  account_configured: {
    status: 409,
    sentence: "This user is named in the configuration; take the name out there and restart.",
  },
  role_required: { status: 403, sentence: "Your roles do not allow this." },
  session_required: { status: 401, sentence: "Sign in first; the session is missing or has ended." },
  csrf_refused: { status: 403, sentence: "The request does not come from a page of this console." },
  host_refused: { status: 421, sentence: "This console is not served under that host name." },
  parameter_invalid: { status: 400, sentence: "A parameter of the request is not valid." },
  resource_unknown: { status: 404, sentence: "There is nothing under this address." },
  grant_unknown: { status: 404, sentence: "There is no such grant." },
  revocation_task: {
    status: 409,
    sentence: "This gateway knows no tasks, so access cannot be ended for one. End the session or the agent instead.",
  },
  revocation_unmatched: {
    status: 409,
    sentence:
      "No call, approval or account known here has this id, so nothing was ended. Check its spelling, or say that it is meant ahead of time (anyway).",
  },
  revocation_unknown: { status: 404, sentence: "There is no such revocation." },
  definition_moved: {
    status: 409,
    sentence: "The tool's definition is not the one that was shown; look at it again before it is accepted.",
  },
  letter_unknown: { status: 404, sentence: "There is no such dead letter; it may have been sent meanwhile." },
  console_missing: { status: 503, sentence: "The console's pages are not built." },
} as const;

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
