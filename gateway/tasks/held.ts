import type { Approval } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import { outcome } from "../domain/decision-record.ts";
import { callerRun, keptFor, type McpTask, ownTaskPrefix, taskOwner } from "../domain/tasks.ts";
import type { HeldTasks } from "../domain/ports.ts";
import { resourceId } from "../domain/tool-call.ts";
import { errorOfPending } from "../act/hold/pending.ts";
import { aboutDecision } from "../act/respond/tell-mcp.ts";
import { maxOpen, mayBecomeTask, type TaskOptions } from "./options.ts";
import { reply } from "./reply.ts";
import { storedRequest } from "./stored-request.ts";
import { created } from "./view.ts";

/** Answers a held call with a task, when its caller can ask about one. */
export function heldTasks(options: TaskOptions): HeldTasks {
  const { store, clock } = options;
  return {
    hold(exchange, evaluated, approval) {
      const known = { kind: "held", approvalId: approval.id } as const;
      if (exchange.task !== undefined) {
        // Its poll executed it, and people have to be asked anew: something has changed since they said yes.
        store.move(exchange.task, "running", { state: "waiting", approval: approval.id }, clock.now());
        return outcome(known);
      }
      if (!mayBecomeTask(evaluated.call)) return null;
      const task = taskFor(options, exchange, evaluated, approval);
      return task === null
        ? null
        : outcome({ ...known, status: tellTask(options, exchange, evaluated, approval, task) });
    },
  };
}

/** On disk when it returns. Clients do not take the same task for two calls, so a repeated call gets one of its own. */
function taskFor(
  options: TaskOptions,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  approval: Approval,
): McpTask | null {
  const { store, clock } = options;
  const { call, subject } = evaluated;
  const owner = taskOwner(subject, call.route.id);
  const now = clock.now();
  store.purge(now);
  if (store.countOpen(owner, now) >= maxOpen) return null;
  const fresh = newTask(options, exchange, evaluated, { approval: approval.id, expires: now + keptFor(approval) });
  return stored(options, fresh);
}

export function newTask(
  { ids, clock }: TaskOptions,
  exchange: Exchange,
  { call, subject }: EvaluatedCall,
  more: Pick<McpTask, "expires"> & Partial<McpTask>,
): McpTask {
  const now = clock.now();
  return {
    id: ownTaskPrefix + ids.make("t"),
    owner: taskOwner(subject, call.route.id),
    run: callerRun(subject),
    route: call.route.id,
    tool: resourceId(call),
    approval: null,
    request: storedRequest(exchange, call),
    state: "waiting",
    process: null,
    answer: null,
    upstream_task: null,
    note: null,
    created: now,
    changed: now,
    ...more,
  };
}

/** @throws Refusal holds_unavailable */
export function stored({ store }: TaskOptions, task: McpTask): McpTask {
  try {
    store.insert(task);
    return task;
  } catch (cause) {
    throw new Refusal("holds_unavailable", { detail: String(cause), cause });
  }
}

function tellTask(
  { clock }: TaskOptions,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  approval: Approval,
  task: McpTask,
): number {
  const { route } = evaluated.call;
  const about = aboutDecision(errorOfPending(approval, route.hold.status, evaluated.decisionId, clock));
  return reply(exchange, { result: created(task, approval, task.request.era, route, about) });
}
