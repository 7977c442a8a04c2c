/** What can go wrong between a hold and its release. */
export const approvalErrors = {
  approval_pending: { status: 202, sentence: "Waiting for human approval. The call was not executed." },
  approval_denied: { status: 403, sentence: "A person refused this call." },
  approval_expired: { status: 403, sentence: "Nobody approved this call in time; it was not executed." },
  approval_cancelled: { status: 403, sentence: "The request for approval was withdrawn; the call was not executed." },
  approval_consumed: { status: 409, sentence: "The approval was already used; the call was not executed again." },
  approval_mismatch: { status: 409, sentence: "The approval belongs to another call; nothing was executed." },
  approval_unknown: { status: 404, sentence: "No such approval for this caller." },
  approval_closed: { status: 409, sentence: "This approval is already decided." },
  approval_self: { status: 403, sentence: "Nobody can approve a call that was made for themselves." },
  approval_role: { status: 403, sentence: "None of your roles may decide about this call." },
  approval_voted: { status: 409, sentence: "You already voted on this call." },
  approval_reason_missing: { status: 422, sentence: "A refusal needs a reason; the agent is told it." },
  approval_flood: {
    status: 429,
    sentence: "Too many calls of this agent are waiting for approval already; this one was not held.",
  },
  holds_unavailable: {
    status: 503,
    sentence: "The call needs an approval and approvals cannot be stored now; it was not executed.",
  },
} as const;
