import type { Approval } from "../domain/approval.ts";
import { type ErrorCode, Refusal } from "../domain/errors.ts";
import type { TaskChange } from "../domain/ports.ts";
import type { McpTask } from "../domain/tasks.ts";
import { errorOfEnded, errorOfRefusal } from "../act/respond/refusal-wording.ts";
import { answerTold, errorTold } from "./answer.ts";
import type { TaskDeps } from "./deps.ts";

export interface Standing {
  readonly task: McpTask;
  readonly approval: Approval | null;
}

/**
 * A task as it stands now. What it waited for may have ended without a yes, and who executed it may be no more: then it is
 * brought to its end first. `decisionId` is what it is told with.
 */
export async function asItStands(options: TaskDeps, task: McpTask, decisionId: string): Promise<Standing> {
  const { store, holds, clock, running } = options;
  const approval = task.approval === null ? null : await holds.get(task.approval);
  const change = await due(options, task, approval, decisionId);
  // What this process has begun to execute meanwhile is not deserted.
  if (change === null || (task.state === "running" && running.has(task.id))) return { task, approval };
  await store.move(task.id, task.state, change, clock.now());
  return { task: (await store.get(task.id, task.owner, clock.now())) ?? task, approval };
}

async function due(
  options: TaskDeps,
  task: McpTask,
  approval: Approval | null,
  decisionId: string,
): Promise<TaskChange | null> {
  if (task.state === "waiting") return endOfWait(options, task, approval, decisionId);
  return task.state === "running" && (await isDeserted(options, task)) ? endOfDeserted(approval, decisionId) : null;
}

async function endOfWait(
  options: TaskDeps,
  task: McpTask,
  approval: Approval | null,
  decisionId: string,
): Promise<TaskChange | null> {
  if (approval === null || approval.state === "held" || approval.state === "approved") return null;
  const twin = await twinOf(options, task, decisionId);
  if (twin === null)
    return { state: "answered", answer: answerTold(errorOfEnded(approval, decisionId), task.request.era === "modern") };
  if (twin.state === "running") return null;
  return { state: twin.state, answer: twin.answer, upstream_task: twin.upstream_task };
}

/** The same call, made again, has another task about the same question; the one execution is the answer to both. */
async function twinOf(options: TaskDeps, task: McpTask, decisionId: string): Promise<McpTask | null> {
  const { store, clock } = options;
  const about = await store.about(task.approval ?? "", task.owner, clock.now());
  const executed = about.find(({ id, state }) => id !== task.id && state !== "waiting" && state !== "cancelled");
  return executed === undefined ? null : (await asItStands(options, executed, decisionId)).task;
}

/** Running under this process and not known to it: that was an earlier life of it. */
async function isDeserted({ running, process, isAlive }: TaskDeps, task: McpTask): Promise<boolean> {
  if (running.has(task.id)) return false;
  return task.process === process || task.process === null || !(await isAlive(task.process));
}

/** Not used up: nothing was sent, and the next poll executes it. Else it may have run, and nobody tries again. */
function endOfDeserted(approval: Approval | null, decisionId: string): TaskChange {
  if (approval?.state === "approved") return { state: "waiting" };
  const code: ErrorCode = approval?.state === "delivered" ? "task_answer_lost" : "task_interrupted";
  return { state: "answered", answer: errorTold(errorOfRefusal(new Refusal(code), decisionId)) };
}
