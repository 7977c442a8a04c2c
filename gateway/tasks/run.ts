import type { Exchange } from "../domain/exchange.ts";
import { ClientConnection } from "../domain/client-connection.ts";
import type { McpTask, TaskAnswer } from "../domain/tasks.ts";
import { policyFaults, Refusal } from "../domain/errors.ts";
import { errorOfRefusal } from "../act/respond/told.ts";
import { answerTold, errorTold, readAnswer, toldIn, upstreamTaskOf } from "./answer.ts";
import { CapturedResponse } from "./captured-response.ts";
import type { TaskOptions } from "./options.ts";
import type { Poll } from "./poll.ts";
import { isEncrypted, standIn } from "./stored-request.ts";
import { taskSink } from "./task-sink.ts";

/**
 * Executes the call of a task that people approved, with the credentials of the poll that asks about it: the whole path
 * again, from the first step to the last, with nobody waiting on a connection. Only the one who moves the task on does so,
 * and the approval can be used up only once, whoever tries.
 */
export function execute(options: TaskOptions, poll: Poll, task: McpTask): void {
  const { store, clock, running, process } = options;
  if (!store.move(task.id, "waiting", { state: "running", process }, clock.now())) return;
  void running.start(task.id, async (cancelled) => {
    const inner = begun(options, poll.exchange, task, cancelled);
    await poll.enter(inner.exchange);
    settle(options, task, inner.res, inner.exchange.context.decisionId);
  });
}

function begun({ begin }: TaskOptions, poll: Exchange, task: McpTask, cancelled: AbortSignal) {
  const { request, id, approval } = task;
  const req = standIn(request, isEncrypted(poll.req));
  const res = new CapturedResponse(req);
  const credentials = poll.credentials ?? poll.req;
  return {
    res,
    exchange: begin({
      req,
      res,
      answerSink: taskSink(res),
      connection: ClientConnection.with(cancelled),
      credentials,
      body: request.body,
      task: id,
      resumed: approval,
    }),
  };
}

/** What the call came to. A task that was cancelled meanwhile, or whose call is held once more, stays what it is. */
export function settle(options: TaskOptions, task: McpTask, res: CapturedResponse, decisionId: string): void {
  const { store, clock } = options;
  const modern = task.request.era === "modern";
  const answer = answerIn(res, task) ?? unanswered(options, task, decisionId);
  if (isUndone(options, task, answer, res.statusCode)) {
    store.move(task.id, "running", { state: "waiting" }, clock.now());
    return;
  }
  const upstream_task = upstreamTaskOf(answer, modern);
  const change =
    upstream_task === null
      ? ({ state: "answered", answer: complete(answer, modern, decisionId) } as const)
      : ({ state: "relayed", upstream_task } as const);
  store.move(task.id, "running", change, clock.now());
}

/**
 * Nothing was executed for this task, and that is not its end: the approval is there for the next poll when a token or a
 * fault was in the way, and when another try of the same call was first, what comes of that one is the answer.
 */
function isUndone({ holds }: TaskOptions, { approval }: McpTask, answer: TaskAnswer, status: number): boolean {
  const state = approval === null ? undefined : holds.get(approval)?.state;
  const told = toldIn(answer);
  if (state === "approved") return status === 401 || told?.retryable === true || policyFaults.has(told?.code ?? "");
  return state !== undefined && told?.code === "approval_consumed";
}

function answerIn({ text }: CapturedResponse, { request }: McpTask): TaskAnswer | null {
  try {
    return readAnswer(text, request.rpc_id);
  } catch {
    return null;
  }
}

/** The connection to the tool server was cut in the middle of its answer, or the caller cancelled. */
function unanswered({ holds }: TaskOptions, { approval }: McpTask, decisionId: string): TaskAnswer {
  const state = approval === null ? "unknown" : holds.get(approval)?.state;
  const code = state === "failed" || state === "approved" ? "internal" : "upstream_broken";
  return errorTold(errorOfRefusal(new Refusal(code), decisionId));
}

/** The tool server wants to ask its caller something, and there is no caller any more who could answer the same call. */
function complete(answer: TaskAnswer, modern: boolean, decisionId: string): TaskAnswer {
  if (!modern || !("result" in answer) || answer.result["resultType"] !== "input_required") return answer;
  const refusal = new Refusal("upstream_answer_refused", { hint: "it asks for input in the middle of a held call" });
  return answerTold(errorOfRefusal(refusal, decisionId), modern);
}
