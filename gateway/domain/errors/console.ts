/** What the console's API refuses; nothing here touches a tool call. */
export const consoleErrors = {
  login_failed: { status: 401, sentence: "The name or the password is wrong." },
  login_throttled: { status: 429, sentence: "Too many failed attempts to sign in; wait and try again." },
  session_required: { status: 401, sentence: "Sign in first; the session is missing or has ended." },
  csrf_refused: { status: 403, sentence: "The request does not come from a page of this console." },
  host_refused: { status: 421, sentence: "This console is not served under that host name." },
  parameter_invalid: { status: 400, sentence: "A parameter of the request is not valid." },
  resource_unknown: { status: 404, sentence: "There is nothing under this address." },
  grant_unknown: { status: 404, sentence: "There is no such grant." },
  revocation_unknown: { status: 404, sentence: "There is no such revocation." },
  letter_unknown: { status: 404, sentence: "There is no such dead letter; it may have been sent meanwhile." },
  console_missing: { status: 503, sentence: "The console's pages are not built." },
  streams_exhausted: { status: 503, sentence: "Too many live connections to the console are open." },
} as const;
