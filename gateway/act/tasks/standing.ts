import type { Approval } from "../../domain/approval.ts";
import { type ErrorCode, Refusal } from "../../domain/errors.ts";
import type { TaskChange } from "../../domain/ports.ts";
import type { McpTask } from "../../domain/tasks.ts";
import { endedTold } from "../pending.ts";
import { toldOfRefusal } from "../told.ts";
import { answerTold, errorTold } from "./answer.ts";
import type { TaskOptions } from "./options.ts";

export interface Standing {
  readonly task: McpTask;
  readonly approval: Approval | null;
}

/**
 * A task as it stands now. What it waited for may have ended without a yes, and who executed it may be no more: then it is
 * brought to its end first. `decisionId` is what it is told with.
 */
export function asItStands(options: TaskOptions, task: McpTask, decisionId: string): Standing {
  const { store, holds, clock } = options;
  const approval = task.approval === null ? null : holds.get(task.approval);
  const change = due(options, task, approval, decisionId);
  if (change === null) return { task, approval };
  store.move(task.id, task.state, change, clock.now());
  return { task: store.get(task.id, task.owner, clock.now()) ?? task, approval };
}

function due(options: TaskOptions, task: McpTask, approval: Approval | null, decisionId: string): TaskChange | null {
  if (task.state === "waiting") return endOfWait(task, approval, decisionId);
  return task.state === "running" && isDeserted(options, task) ? endOfDeserted(approval, decisionId) : null;
}

function endOfWait({ request }: McpTask, approval: Approval | null, decisionId: string): TaskChange | null {
  if (approval === null || approval.state === "held" || approval.state === "approved") return null;
  return { state: "answered", answer: answerTold(endedTold(approval, decisionId), request.era === "modern") };
}

/** Running under this process and not known to it: that was an earlier life of it. */
function isDeserted({ running, process, isAlive }: TaskOptions, task: McpTask): boolean {
  if (running.has(task.id)) return false;
  return task.process === process || task.process === null || !isAlive(task.process);
}

/** Not used up: nothing was sent, and the next poll executes it. Else it may have run, and nobody tries again. */
function endOfDeserted(approval: Approval | null, decisionId: string): TaskChange {
  if (approval?.state === "approved") return { state: "waiting" };
  const code: ErrorCode = approval?.state === "delivered" ? "task_answer_lost" : "task_interrupted";
  return { state: "answered", answer: errorTold(toldOfRefusal(new Refusal(code), decisionId)) };
}
