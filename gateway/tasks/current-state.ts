import type { Approval } from "../domain/approval.ts";
import { type ErrorCode, Refusal } from "../domain/errors.ts";
import type { TaskChange } from "../domain/ports.ts";
import type { McpTask } from "../domain/tasks.ts";
import { errorOfEnded, errorOfRefusal } from "../act/respond/refusal-wording.ts";
import { answerOfError, errorAnswer } from "./answer.ts";
import type { TaskDeps } from "./deps.ts";

export interface CurrentState {
  readonly task: McpTask;
  readonly approval: Approval | null;
}

/**
 * The task in its current state. Where the approval that it waited for has ended otherwise, or the process that executed it is gone, the
 * task is ended first. `decisionId`: of the poll, for the answer that the task then has.
 */
export async function currentState(deps: TaskDeps, task: McpTask, decisionId: string): Promise<CurrentState> {
  const { store, holds, clock, running } = deps;
  const approval = task.approval === null ? null : await holds.get(task.approval);
  const change = await due(deps, task, approval, decisionId);
  // What this process has begun to execute meanwhile is not deserted.
  if (change === null || (task.state === "running" && running.has(task.id))) return { task, approval };
  await store.move(task.id, task.state, change, clock.now());
  return { task: (await store.get(task.id, task.owner, clock.now())) ?? task, approval };
}

async function due(
  deps: TaskDeps,
  task: McpTask,
  approval: Approval | null,
  decisionId: string,
): Promise<TaskChange | null> {
  if (task.state === "waiting") return endOfWait(deps, task, approval, decisionId);
  return task.state === "running" && (await isDeserted(deps, task)) ? endOfDeserted(approval, decisionId) : null;
}

async function endOfWait(
  deps: TaskDeps,
  task: McpTask,
  approval: Approval | null,
  decisionId: string,
): Promise<TaskChange | null> {
  if (approval === null || approval.state === "held" || approval.state === "approved") return null;
  const twin = await twinOf(deps, task, decisionId);
  if (twin === null)
    return {
      state: "answered",
      answer: answerOfError(errorOfEnded(approval, decisionId), task.request.era === "modern"),
    };
  if (twin.state === "running") return null;
  return { state: twin.state, answer: twin.answer, upstream_task: twin.upstream_task };
}

/** The same call, made again, has another task about the same question; the one execution is the answer to both. */
async function twinOf(deps: TaskDeps, task: McpTask, decisionId: string): Promise<McpTask | null> {
  const { store, clock } = deps;
  const about = await store.about(task.approval ?? "", task.owner, clock.now());
  const executed = about.find(({ id, state }) => id !== task.id && state !== "waiting" && state !== "cancelled");
  return executed === undefined ? null : (await currentState(deps, executed, decisionId)).task;
}

/** A task that runs in this process by its record, and is unknown to it, was begun before its restart. */
async function isDeserted({ running, process, isAlive }: TaskDeps, task: McpTask): Promise<boolean> {
  if (running.has(task.id)) return false;
  return task.process === process || task.process === null || !(await isAlive(task.process));
}

/** Not used up: nothing was sent, and the next poll executes it. Else it may have run, and nobody tries again. */
function endOfDeserted(approval: Approval | null, decisionId: string): TaskChange {
  if (approval?.state === "approved") return { state: "waiting" };
  const code: ErrorCode = approval?.state === "delivered" ? "task_answer_lost" : "task_interrupted";
  return { state: "answered", answer: errorAnswer(errorOfRefusal(new Refusal(code), decisionId)) };
}
