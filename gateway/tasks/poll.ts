import { errorCatalogue, Refusal } from "../domain/errors.ts";
import { type McpTask, type TaskAnswer, callerRun, taskOwner } from "../domain/tasks.ts";
import { errorOfPending, errorOfRefusal } from "../act/respond/refusal-wording.ts";
import { clientLimitMs, canShowProgress, showMessage, withProgress } from "../act/hold/wait.ts";
import { errorAnswer } from "./answer.ts";
import { asJudged } from "./as-judged.ts";
import type { TaskDeps } from "./deps.ts";
import { accessEnded, relay, execute } from "./run.ts";
import { type CurrentState, currentState } from "./current-state.ts";
import { ofTask } from "./task-sink.ts";
import { asCalled, messageOf, related, detailOf, taskObject } from "./view.ts";
import { refuse } from "../act/respond/refuse.ts";
import type { AnswerJudge } from "../act/results/answer-judge.ts";
import { writeMcp } from "../act/respond/mcp.ts";
import { outcome, type Outcome } from "../domain/decision-record.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import type { JsonObject } from "../lib/json.ts";

/** One allowed question about the gateway's own tasks. */
export interface Poll {
  readonly exchange: Exchange;
  readonly evaluated: EvaluatedCall;
  /** Who reads what a task came to on its way to the caller; null when nobody does. */
  readonly judge: AnswerJudge | null;
  /** Sends another exchange through the whole request path. Never rejects. */
  readonly enter: (exchange: Exchange) => Promise<void>;
}

/** Long enough for most calls: then the poll that executes one brings its result, too. */
const patienceMs = 1_000;

/** Answers a question about the caller's own tasks. Anybody else's are unknown, exactly as one that never was. */
export async function answerPoll(deps: TaskDeps, asked: Omit<Poll, "judge">): Promise<Outcome> {
  const { exchange, evaluated } = asked;
  const judge = deps.results.of(evaluated);
  try {
    const answer = await answerTo(deps, { ...asked, judge });
    if (exchange.connection.aborted) return outcome({ kind: "abandoned", code: "client_gone" });
    const summary = judge?.summary ?? null;
    const result = summary === null || (summary.judged === 0 && summary.effect === "pass") ? null : summary;
    return outcome({ kind: "answered", status: reply(exchange, answer), result, ...judge?.unread });
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return outcome({ ...refuse(exchange, thrown), approvalId: evaluated.facts.approval.id });
  }
}

function answerTo(deps: TaskDeps, poll: Poll): Promise<TaskAnswer> {
  switch (poll.evaluated.call.action) {
    case "tasks/list":
      return listTasks(deps, poll);
    case "tasks/get":
      return getTask(deps, poll);
    case "tasks/result":
      return taskResult(deps, poll);
    case "tasks/cancel":
      return cancelTask(deps, poll);
    default:
      return updateTask(deps, poll);
  }
}

/** @throws Refusal task_unknown */
async function find(deps: TaskDeps, { evaluated }: Poll): Promise<CurrentState> {
  const { call, subject } = evaluated;
  // PostgreSQL takes no U+0000 in a text, and no id has one.
  if (call.name.includes("\0")) throw new Refusal("task_unknown");
  const task = await deps.store.get(call.name, taskOwner(subject, call.route.id), deps.clock.now());
  if (task === null) throw new Refusal("task_unknown");
  return currentState(deps, task, evaluated.decisionId);
}

/**
 * The same, executed now when people have approved it: whoever polls has just proven to be its caller. A poll of another
 * run of the agent reads only, since the approval is for the one that asked.
 */
export async function advance(deps: TaskDeps, poll: Poll): Promise<CurrentState> {
  const found = await find(deps, poll);
  const ready = found.task.state === "waiting" && found.approval?.state === "approved";
  const asks = !poll.exchange.connection.aborted && !deps.holds.draining.aborted;
  if (!ready || !asks || found.task.run !== callerRun(poll.evaluated.subject)) return found;
  await execute(deps, poll, found.task);
  return find(deps, poll);
}

async function getTask(deps: TaskDeps, poll: Poll): Promise<TaskAnswer> {
  const { route, mcp } = poll.evaluated.call;
  const { task } = await advance(deps, poll);
  await deps.running.ended(task.id, patienceMs, poll.exchange.connection.signal);
  const now = await find(deps, poll);
  if (now.task.state === "relayed") return relay(deps, poll, now.task);
  const era = mcp?.era ?? "legacy";
  if (era === "legacy" && deps.running.isAsking(task.id))
    return { result: { ...taskObject(now.task, now.approval, era, route), ...asking } };
  const detail = detailOf(await asJudged(poll, now.task, era === "modern"), now.approval, era, route);
  return { result: asCalled(task, detail) };
}

/** MCP 2025-11-25, tasks: whoever reads this asks for `tasks/result`, whose stream brings the question. */
const asking = { status: "input_required", statusMessage: "The tool server asks something; tasks/result brings it." };

/** The gateway asks its callers nothing; what it does not ask for is ignored (Tasks extension, "Task Update Requests"). */
async function updateTask(deps: TaskDeps, poll: Poll): Promise<TaskAnswer> {
  const { task } = await find(deps, poll);
  return task.state === "relayed" ? relay(deps, poll, task) : { result: { resultType: "complete" } };
}

const pageSize = 50;

/** The caller's own tasks on this route, newest first; the cursor is the last one shown. @throws Refusal task_unknown */
async function listTasks(deps: TaskDeps, poll: Poll): Promise<TaskAnswer> {
  const { store, clock } = deps;
  const { evaluated } = poll;
  const { call, subject } = evaluated;
  const owner = taskOwner(subject, call.route.id);
  const now = clock.now();
  const cursor = call.arguments["cursor"] ?? null;
  if (cursor !== null && (typeof cursor !== "string" || (await store.get(cursor, owner, now)) === null))
    throw new Refusal("task_unknown", { hint: "the cursor" });
  const found = await store.list(owner, now, pageSize + 1, cursor);
  const shown = found.slice(0, pageSize).map(async (task) => {
    const current = await currentState(deps, task, evaluated.decisionId);
    const shownTask = taskObject(await asJudged(poll, current.task, false), current.approval, "legacy", call.route);
    return asCalled(task, shownTask);
  });
  const tasks = await Promise.all(shown);
  const last = found.length > pageSize ? found[pageSize - 1]?.id : undefined;
  return { result: { tasks, ...(last === undefined ? {} : { nextCursor: last }) } };
}

/**
 * Takes the question to people back, or cuts the connection of a call that is under way; whether that one ran is then not
 * known. The extension only acknowledges, MCP 2025-11-25 answers with the task and refuses what has ended.
 * @throws Refusal task_ended
 */
async function cancelTask(deps: TaskDeps, poll: Poll): Promise<TaskAnswer> {
  const { task } = await find(deps, poll);
  if (task.state === "relayed") return relay(deps, poll, task);
  const done = await (task.state === "waiting" ? cancelWaiting(deps, task) : cancelRunning(deps, task));
  if (poll.evaluated.call.mcp?.era === "modern") return { result: { resultType: "complete" } };
  if (!done) throw new Refusal("task_ended");
  return { result: await cancelled(deps, poll) };
}

async function cancelWaiting({ store, holds, clock }: TaskDeps, task: McpTask): Promise<boolean> {
  if (!(await store.move(task.id, "waiting", { state: "cancelled" }, clock.now()))) return false;
  if (task.approval !== null) await holds.withdraw(task.approval, "its caller cancelled the task");
  return true;
}

async function cancelRunning({ store, running, clock }: TaskDeps, task: McpTask): Promise<boolean> {
  const note = errorCatalogue.task_cancelled.sentence;
  if (!(await store.move(task.id, "running", { state: "cancelled", note }, clock.now()))) return false;
  running.cancel(task.id);
  return true;
}

async function cancelled(deps: TaskDeps, poll: Poll): Promise<JsonObject> {
  const { task, approval } = await find(deps, poll);
  return taskObject(task, approval, "legacy", poll.evaluated.call.route);
}

/** Answers a request about tasks, or a call that became one; in an open event stream as its last event. */
export function reply({ res, context }: Exchange, answer: TaskAnswer): number {
  const message = { jsonrpc: "2.0", id: context.rpc?.id ?? null, ...answer };
  return writeMcp(res, JSON.stringify(message), 200, context.decisionId);
}

/** How soon another process's work is looked at again. */
const lookEveryMs = 250;

/**
 * `tasks/result` of MCP 2025-11-25 blocks until the task has ended, and then brings exactly what the call would have; with
 * a progress token it tells that it still waits. A connection has its limit, so when the caller can be kept waiting no longer it
 * is told to ask again.
 */
async function taskResult(deps: TaskDeps, poll: Poll): Promise<TaskAnswer> {
  const { exchange, evaluated } = poll;
  const first = await advance(deps, poll);
  const work = untilEnded(deps, poll, first);
  const shows = canShowProgress(evaluated.call) && isOpen(first.task);
  const { task, approval } = shows
    ? await withProgress(
        exchange,
        evaluated.call,
        asCalled(first.task, messageOf(first.task, first.approval, "legacy")),
        work,
      )
    : await work;
  if (task.state === "relayed") return relay(deps, poll, task);
  if (!isOpen(task)) return asCalled(task, ofEnded(await asJudged(poll, task, true), evaluated.decisionId));
  if (approval === null) return errorAnswer(errorOfRefusal(new Refusal("draining"), evaluated.decisionId));
  const { hold } = evaluated.call.route;
  return asCalled(task, errorAnswer(errorOfPending(approval, hold.status, evaluated.decisionId, deps.clock)));
}

async function untilEnded(deps: TaskDeps, poll: Poll, first: CurrentState): Promise<CurrentState> {
  const { clock, holds, running } = deps;
  const { exchange, evaluated } = poll;
  const { hold } = evaluated.call.route;
  const until = clock.monotonic() + Math.min(hold.maxWaitMs, clientLimitMs(exchange, evaluated.call, clock));
  const signal = AbortSignal.any([exchange.connection.signal, holds.draining]);
  const hears = evaluated.call.mcp?.acceptsEventStream === true;
  let now = first;
  while (isOpen(now.task) && !signal.aborted) {
    for (const question of hears ? running.take(now.task.id) : []) showMessage(exchange, ofTask(question, now.task));
    const left = until - clock.monotonic();
    if (left <= 0) break;
    const { task, approval } = now;
    if (task.state === "waiting" && approval?.state === "held") await holds.settled(approval.id, left, signal);
    else if (running.has(task.id)) await running[hears ? "news" : "ended"](task.id, left, signal);
    else await pause(Math.min(left, lookEveryMs), signal);
    if (!signal.aborted) now = await advance(deps, poll);
  }
  return now;
}

function isOpen({ state }: McpTask): boolean {
  return state === "waiting" || state === "running";
}

/** There is no answer of the call to a task that its caller cancelled, or whose access ended. */
function ofEnded(task: McpTask, decisionId: string): TaskAnswer {
  if (task.state === "cancelled" || task.answer === null)
    return errorAnswer(errorOfRefusal(whyCancelled(task), decisionId));
  return "result" in task.answer ? { result: related(task.answer.result, task.id) } : task.answer;
}

/** A task with a note was under way, so that its call may have been executed; one without was waiting. */
function whyCancelled({ note }: McpTask): Refusal {
  if (note === null) return new Refusal("approval_cancelled", { hint: "its caller cancelled the task" });
  return new Refusal(note === accessEnded ? "access_ended" : "task_cancelled");
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(stop, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
