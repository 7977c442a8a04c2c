import { errorOfRefusal } from "../act/respond/refusal-wording.ts";
import { ClientConnection } from "../domain/connections.ts";
import { policyFaults, Refusal } from "../domain/errors.ts";
import type { McpTask, TaskAnswer } from "../domain/tasks.ts";
import { parseExact, isJsonObject, type JsonObject } from "../lib/json.ts";
import { answerOfError, errorAnswer, readAnswer, errorIn, upstreamTaskOf } from "./answer.ts";
import { toolOf } from "./as-judged.ts";
import type { TaskDeps } from "./deps.ts";
import type { Poll } from "./poll.ts";
import { inSession, isEncrypted, renamed, standIn, storedRequest } from "./stored-request.ts";
import { CapturedResponse, taskSink } from "./task-sink.ts";
import { asCalled, related } from "./view.ts";

/**
 * Executes the call of a task that people approved, with the credentials of the poll that asks about it: the whole path
 * again, from the first step to the last, with nobody waiting on a connection. Only the one who moves the task on does so,
 * and the approval can be used up only once, whoever tries.
 */
export async function execute(deps: TaskDeps, poll: Poll, task: McpTask): Promise<void> {
  const { store, clock, running, process } = deps;
  if (running.has(task.id)) return;
  await running.expecting(task.id, async () => {
    if (!(await store.move(task.id, "waiting", { state: "running", process }, clock.now()))) return;
    // Nobody waits for it: whoever polls reads what it came to.
    void running.start(task.id, async (cancelled) => {
      const inner = begun(deps, poll, task, cancelled);
      await poll.enter(inner.exchange);
      await settle(deps, task, inner.res, inner.exchange.context.decisionId);
    });
  });
}

function begun({ begin, running, sessions }: TaskDeps, poll: Poll, task: McpTask, cancelled: AbortSignal) {
  const { id, approval, route } = task;
  const { exchange, evaluated } = poll;
  // The task is the poll's caller's own, on this route: see `owner`.
  const request = inSession(task.request, (session) => sessions.sealed(evaluated.subject, route, session));
  const waitsMs = evaluated.call.route.hold.clientTimeoutMs;
  const req = standIn(request, isEncrypted(exchange.req));
  const res = new CapturedResponse(req);
  const credentials = exchange.credentials ?? exchange.req;
  return {
    res,
    exchange: begin({
      req,
      res,
      answerSink: taskSink(res, (question) => void running.ask(id, question, waitsMs)),
      connection: ClientConnection.with(cancelled),
      credentials,
      body: request.body,
      task: id,
      resumed: approval,
    }),
  };
}

/** What the call came to. A task that was cancelled meanwhile, or whose call is held once more, stays what it is. */
export async function settle(deps: TaskDeps, task: McpTask, res: CapturedResponse, decisionId: string): Promise<void> {
  const { store, clock } = deps;
  const modern = task.request.era === "modern";
  const answer = ofCause(deps, task, decisionId) ?? answerIn(res, task) ?? (await unanswered(deps, task, decisionId));
  if (errorIn(answer)?.code === "access_ended") {
    await store.move(task.id, "running", { state: "cancelled", note: accessEnded }, clock.now());
    return;
  }
  if (await isUndone(deps, task, answer, res.statusCode)) {
    await store.move(task.id, "running", { state: "waiting" }, clock.now());
    return;
  }
  const upstream_task = upstreamTaskOf(answer, modern);
  const change =
    upstream_task === null ? ({ state: "answered", answer } as const) : ({ state: "relayed", upstream_task } as const);
  await store.move(task.id, "running", change, clock.now());
}

/** The note of a task that was cut. */
export const accessEnded = "Access ended while the call was under way; whether it was executed is not known.";

/**
 * Nothing was executed for this task, and that is not its end: the approval is there for the next poll when a token or a
 * fault was in the way, and when another try of the same call was first, what comes of that one is the answer.
 */
async function isUndone(
  { holds }: TaskDeps,
  { approval }: McpTask,
  answer: TaskAnswer,
  status: number,
): Promise<boolean> {
  const state = approval === null ? undefined : (await holds.get(approval))?.state;
  const error = errorIn(answer);
  if (state === "approved") return status === 401 || error?.retryable === true || policyFaults.has(error?.code ?? "");
  return state !== undefined && error?.code === "approval_consumed";
}

function answerIn({ text }: CapturedResponse, { request }: McpTask): TaskAnswer | null {
  try {
    return readAnswer(text, request.rpc_id);
  } catch {
    return null;
  }
}

/** What the gateway itself ended the call for; null when it did not. */
function ofCause({ running }: TaskDeps, { id, request }: McpTask, decisionId: string): TaskAnswer | null {
  const cause = running.causeOf(id);
  return cause === null
    ? null
    : answerOfError(errorOfRefusal(new Refusal(cause), decisionId), request.era === "modern");
}

/** The connection to the tool server was cut in the middle of its answer, or the caller cancelled. */
async function unanswered({ holds }: TaskDeps, { approval }: McpTask, decisionId: string): Promise<TaskAnswer> {
  const state = approval === null ? "unknown" : (await holds.get(approval))?.state;
  const code = state === "failed" || state === "approved" ? "internal" : "upstream_broken";
  return errorAnswer(errorOfRefusal(new Refusal(code), decisionId));
}

/**
 * The tool server made a task of its own of an approved call, and the caller knows it by our id. Its question goes to the
 * tool server under the other id, as a call like any other: read, identified, judged and recorded.
 */
export async function relay(deps: TaskDeps, poll: Poll, task: McpTask): Promise<TaskAnswer> {
  const { exchange, evaluated, enter, judge } = poll;
  const { begin } = deps;
  const theirs = task.upstream_task ?? "";
  // A process that did not see it begin judges its result as that of its tool, too.
  judge?.tools.note(evaluated, theirs, toolOf(task, evaluated.call));
  const asked = storedRequest(exchange, evaluated.call);
  const request = renamed(asked, about(asked.body, theirs), theirs);
  const req = standIn(request, isEncrypted(exchange.req));
  const res = new CapturedResponse(req);
  const { connection, req: credentials } = exchange;
  await enter(
    begin({ req, res, answerSink: taskSink(res, null), connection, credentials, body: request.body, resumed: null }),
  );
  const answer = readAnswer(res.text, request.rpc_id);
  if (answer === null) throw new Refusal("upstream_answer_refused", { detail: "no answer about its own task" });
  const { action } = evaluated.call;
  return asCalled(task, "error" in answer ? answer : { result: ours(answer.result, action, task.id) });
}

/** The question with the tool server's id in the place of ours. */
function about(body: Buffer, taskId: string): Buffer {
  const message = parseExact(body.toString("utf8")) as JsonObject;
  const params = isJsonObject(message["params"]) ? message["params"] : {};
  return Buffer.from(JSON.stringify({ ...message, params: { ...params, taskId } }));
}

function ours(result: JsonObject, action: string, taskId: string): JsonObject {
  if (action === "tasks/result") return related(result, taskId);
  return "taskId" in result ? { ...result, taskId } : result;
}
