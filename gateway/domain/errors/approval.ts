/** What can go wrong between a hold and its release. */
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
  task_interrupted: {
    status: 500,
    sentence: "The gateway stopped while the call was under way; whether it was executed is not known.",
  },
  task_answer_lost: {
    status: 500,
    sentence: "The call was executed once; its answer was lost when the gateway stopped.",
  },
  tasks_exhausted: { status: 429, sentence: "Too many tasks of this caller are open; this call was not executed." },
  access_revoked: { status: 403, sentence: "Access was ended; the call was not executed." },
  gateway_stopped: { status: 403, sentence: "All calls are stopped by the kill switch; nothing was executed." },
  holds_unavailable: {
    status: 503,
    sentence: "The call needs an approval and approvals cannot be stored now; it was not executed.",
  },
} as const;
