import { Refusal } from "../domain/errors.ts";
import type { McpTask, TaskAnswer } from "../domain/tasks.ts";
import { errorOfPending } from "../act/respond/held.ts";
import { errorOfRefusal } from "../act/respond/refusal-wording.ts";
import { clientLimitMs } from "../act/hold/wait.ts";
import { canShowProgress, withProgress } from "../act/hold/progress.ts";
import { errorTold } from "./answer.ts";
import type { TaskDeps } from "./deps.ts";
import { advance, type Poll } from "./poll.ts";
import { relay } from "./run.ts";
import type { Standing } from "./current-state.ts";
import { messageOf, related } from "./view.ts";

/** How soon another process's work is looked at again. */
const lookEveryMs = 250;

/**
 * `tasks/result` of MCP 2025-11-25 blocks until the task has ended, and then brings exactly what the call would have; with
 * a progress token it tells that it still waits. A connection has its limit, so when the caller can be kept waiting no longer it
 * is told to ask again.
 */
export async function taskResult(options: TaskDeps, poll: Poll): Promise<TaskAnswer> {
  const { exchange, evaluated } = poll;
  const first = await advance(options, poll);
  const work = untilEnded(options, poll, first);
  const shows = canShowProgress(evaluated.call) && isOpen(first.task);
  const { task, approval } = shows
    ? await withProgress(exchange, evaluated.call, messageOf(first.task, first.approval, "legacy"), work)
    : await work;
  if (task.state === "relayed") return relay(options, poll, task);
  if (!isOpen(task)) return ofEnded(task, evaluated.decisionId);
  if (approval === null) return errorTold(errorOfRefusal(new Refusal("draining"), evaluated.decisionId));
  return errorTold(errorOfPending(approval, evaluated.call.route.hold.status, evaluated.decisionId, options.clock));
}

async function untilEnded(options: TaskDeps, poll: Poll, first: Standing): Promise<Standing> {
  const { clock, holds, running } = options;
  const { exchange, evaluated } = poll;
  const { hold } = evaluated.call.route;
  const until = clock.monotonic() + Math.min(hold.maxWaitMs, clientLimitMs(exchange, evaluated.call, clock));
  const signal = AbortSignal.any([exchange.connection.signal, holds.draining]);
  let now = first;
  while (isOpen(now.task) && !signal.aborted) {
    const left = until - clock.monotonic();
    if (left <= 0) break;
    const { task, approval } = now;
    if (task.state === "waiting" && approval?.state === "held") await holds.settled(approval.id, left, signal);
    else if (running.has(task.id)) await running.ended(task.id, left, signal);
    else await pause(Math.min(left, lookEveryMs), signal);
    if (!signal.aborted) now = await advance(options, poll);
  }
  return now;
}

function isOpen({ state }: McpTask): boolean {
  return state === "waiting" || state === "running";
}

/** @throws Refusal approval_cancelled for a task that its caller cancelled: there is no answer of the call */
function ofEnded(task: McpTask, decisionId: string): TaskAnswer {
  if (task.state === "cancelled" || task.answer === null)
    return errorTold(
      errorOfRefusal(new Refusal("approval_cancelled", { hint: "its caller cancelled the task" }), decisionId),
    );
  return "result" in task.answer ? { result: related(task.answer.result, task.id) } : task.answer;
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
