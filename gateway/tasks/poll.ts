import { Refusal } from "../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import { outcome, type Outcome } from "../domain/decision-record.ts";
import { callerRun, type TaskAnswer, taskOwner } from "../domain/tasks.ts";
import { refuse } from "../act/respond/refuse.ts";
import { cancelTask } from "./cancel.ts";
import { listTasks } from "./list.ts";
import type { TaskOptions } from "./options.ts";
import { relay } from "./relay.ts";
import { reply } from "./reply.ts";
import { taskResult } from "./result.ts";
import { execute } from "./run.ts";
import { asItStands, type Standing } from "./standing.ts";
import { detailOf } from "./view.ts";

/** One allowed question about the gateway's own tasks. */
export interface Poll {
  readonly exchange: Exchange;
  readonly evaluated: EvaluatedCall;
  /** Sends another exchange through the whole request path. Never rejects. */
  readonly enter: (exchange: Exchange) => Promise<void>;
}

/** Long enough for most calls: then the poll that executes one brings its result, too. */
const patienceMs = 1_000;

/** Answers a question about the caller's own tasks. Anybody else's are unknown, exactly as one that never was. */
export async function answerPoll(options: TaskOptions, poll: Poll): Promise<Outcome> {
  const { exchange, evaluated } = poll;
  try {
    const answer = await answerTo(options, poll);
    if (exchange.connection.aborted) return outcome({ kind: "abandoned", code: "client_gone" });
    return outcome({ kind: "answered", status: reply(exchange, answer) });
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return outcome({ ...refuse(exchange, thrown), approvalId: evaluated.facts.approval.id });
  }
}

function answerTo(options: TaskOptions, poll: Poll): Promise<TaskAnswer> | TaskAnswer {
  switch (poll.evaluated.call.action) {
    case "tasks/list":
      return listTasks(options, poll);
    case "tasks/get":
      return getTask(options, poll);
    case "tasks/result":
      return taskResult(options, poll);
    case "tasks/cancel":
      return cancelTask(options, poll);
    default:
      return updateTask(options, poll);
  }
}

/** @throws Refusal task_unknown */
export function find(options: TaskOptions, { evaluated }: Poll): Standing {
  const { call, subject } = evaluated;
  const task = options.store.get(call.name, taskOwner(subject, call.route.id), options.clock.now());
  if (task === null) throw new Refusal("task_unknown");
  return asItStands(options, task, evaluated.decisionId);
}

/**
 * The same, executed now when people have approved it: whoever polls has just proven to be its caller. A poll of another
 * run of the agent reads only, since the approval is for the one that asked.
 */
export function advance(options: TaskOptions, poll: Poll): Standing {
  const found = find(options, poll);
  const ready = found.task.state === "waiting" && found.approval?.state === "approved";
  const asks = !poll.exchange.connection.aborted && !options.holds.draining.aborted;
  if (!ready || !asks || found.task.run !== callerRun(poll.evaluated.subject)) return found;
  execute(options, poll, found.task);
  return find(options, poll);
}

async function getTask(options: TaskOptions, poll: Poll): Promise<TaskAnswer> {
  const { route, mcp } = poll.evaluated.call;
  const { task } = advance(options, poll);
  await options.running.ended(task.id, patienceMs, poll.exchange.connection.signal);
  const now = find(options, poll);
  if (now.task.state === "relayed") return relay(options, poll, now.task);
  return { result: detailOf(now.task, now.approval, mcp?.era ?? "legacy", route) };
}

/** The gateway asks its callers nothing; what it does not ask for is ignored (Tasks extension, "Task Update Requests"). */
function updateTask(options: TaskOptions, poll: Poll): Promise<TaskAnswer> | TaskAnswer {
  const { task } = find(options, poll);
  return task.state === "relayed" ? relay(options, poll, task) : { result: { resultType: "complete" } };
}
