/** Tasks as leases: calls within one, and requests to open, show, close one or to get its token. */
export const leaseErrors = {
  task_required: {
    status: 403,
    sentence: "Calls on this route belong to a task; exchange the token for one of a task at POST /tasks/{id}/token.",
  },
  task_refused: { status: 403, sentence: "This route takes no calls of a task; call it with a token of no task." },
  task_foreign: { status: 403, sentence: "There is no such task for this caller; it was not opened for it, or never." },
  task_closed: { status: 403, sentence: "The task is closed; the call was not executed." },
  task_expired: { status: 403, sentence: "The time of the task is over; the call was not executed." },
  task_used_up: {
    status: 403,
    sentence: "The task has used up what it was given; the call was not executed.",
  },
  task_busy: {
    status: 429,
    sentence: "As many calls of the task are under way as may be at once; the call was not executed.",
  },
  task_unavailable: {
    status: 503,
    sentence: "The task cannot be written or counted now; nothing was executed. Try again later.",
  },
  task_absent: { status: 404, sentence: "There is no such task that this caller may see." },
  task_invalid: { status: 400, sentence: "The task that is to be opened cannot be read." },
  task_wider: { status: 403, sentence: "A part of a task can only be narrower than the task." },
  task_over: { status: 409, sentence: "The task has ended." },
  task_limit: { status: 429, sentence: "Too many tasks of this opener are open; close some." },
  task_client: {
    status: 403,
    sentence: "This client may not open tasks; the operator lists those that may in tasks.clients, with their issuers.",
  },
  task_scope: { status: 403, sentence: "The access token lacks the scope for opening tasks; get one that has it." },
  task_not_opener: { status: 403, sentence: "Only who opened the task, or a task that it is a part of, may close it." },
  task_exchange: { status: 400, sentence: "The request for a token of the task cannot be read." },
} as const;

/** Additions to the text of a task, which only listed clients may make. */
export const taskTextErrors = {
  task_text_off: {
    status: 404,
    sentence:
      "Nobody may add to the text of a task here; the operator lists the clients that may in sessions.task_text.clients.",
  },
  task_text_client: {
    status: 403,
    sentence:
      "This client may not add to the text of a task; the operator lists those that may in sessions.task_text.clients, with their issuers.",
  },
  task_text_scope: {
    status: 403,
    sentence: "The access token lacks the scope for adding to the text of a task; get one that has it.",
  },
  task_text_invalid: {
    status: 400,
    sentence:
      'What is to be added to the text of a task cannot be read; send {"text": "…"} to /sessions/{id}/task-text.',
  },
} as const;
