import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import type { McpTask, TaskAnswer } from "../domain/tasks.ts";
import type { TaskOptions } from "./options.ts";
import { find, type Poll } from "./poll.ts";
import { relay } from "./relay.ts";
import { taskObject } from "./view.ts";

/**
 * Takes the question to people back, or cuts the connection of a call that is under way; whether that one ran is then not
 * known. The extension only acknowledges, MCP 2025-11-25 answers with the task and refuses what has ended.
 * @throws Refusal task_ended
 */
export function cancelTask(options: TaskOptions, poll: Poll): Promise<TaskAnswer> | TaskAnswer {
  const { task } = find(options, poll);
  if (task.state === "relayed") return relay(options, poll, task);
  const done = task.state === "waiting" ? cancelWaiting(options, task) : cancelRunning(options, task);
  if (poll.evaluated.call.mcp?.era === "modern") return { result: { resultType: "complete" } };
  if (!done) throw new Refusal("task_ended");
  return { result: cancelled(options, poll) };
}

function cancelWaiting({ store, holds, clock }: TaskOptions, task: McpTask): boolean {
  if (!store.move(task.id, "waiting", { state: "cancelled" }, clock.now())) return false;
  if (task.approval !== null) holds.withdraw(task.approval, "its caller cancelled the task");
  return true;
}

function cancelRunning({ store, running, clock }: TaskOptions, task: McpTask): boolean {
  const note =
    "The task was cancelled by its caller while the call was under way; whether it was executed is not known.";
  if (!store.move(task.id, "running", { state: "cancelled", note }, clock.now())) return false;
  running.cancel(task.id);
  return true;
}

function cancelled(options: TaskOptions, poll: Poll): JsonObject {
  const { task, approval } = find(options, poll);
  return taskObject(task, approval, "legacy", poll.evaluated.call.route);
}
