import { errorOfPending } from "../act/respond/refusal-wording.ts";
import { refuse } from "../act/respond/refuse.ts";
import { aboutDecision } from "../act/respond/mcp.ts";
import type { Approval } from "../domain/approval.ts";
import { ClientConnection } from "../domain/connections.ts";
import { outcome, type Outcome } from "../domain/decision-record.ts";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import type { HeldTasks, Tasks } from "../domain/ports.ts";
import { callerRun, requestedLifetime, taskLifetime, type McpTask, ownTaskPrefix, taskOwner } from "../domain/tasks.ts";
import { resourceId } from "../domain/tool-call.ts";
import { settle } from "./run.ts";
import { CapturedResponse, taskSink } from "./task-sink.ts";
import { maxOpen, mayBecomeTask, type TaskDeps } from "./deps.ts";
import { answerPoll, reply } from "./poll.ts";
import { inSession, storedRequest } from "./stored-request.ts";
import { created } from "./view.ts";

/** The gateway's own MCP tasks. */
export function createTasks(deps: TaskDeps): Tasks {
  return {
    ...heldTasks(deps),
    answer: (exchange, evaluated, enter) => answerPoll(deps, { exchange, evaluated, enter }),
    forward: (exchange, evaluated, forward) => forwardAsTask(deps, exchange, evaluated, forward),
  };
}

type Forward = (to: Exchange) => Promise<Outcome>;

/**
 * An allowed call that asks to be a task, of a tool whose server makes none (MCP 2025-11-25): who advertises tasks answers
 * with one. It is executed at once, with nobody waiting on the connection. Every other call is just forwarded.
 */
async function forwardAsTask(
  deps: TaskDeps,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  forward: Forward,
): Promise<Outcome> {
  if (exchange.task !== undefined || !(await asksForOne(deps, evaluated))) return forward(exchange);
  const task = requestedTask(deps, exchange, evaluated);
  const { ended } = await deps.running.expecting(task.id, async () => {
    if (!(await stored(deps, task))) throw new Refusal("tasks_exhausted");
    reply(exchange, { result: created(task, null, task.request.era, evaluated.call.route, {}) });
    return { ended: detached(deps, exchange, task, evaluated, forward) };
  });
  return ended;
}

async function asksForOne({ makesTasks }: TaskDeps, { call }: EvaluatedCall): Promise<boolean> {
  if (!mayBecomeTask(call) || call.mcp?.tasks?.kind !== "augmented") return false;
  return !(await makesTasks(call.route.server, call.name));
}

function requestedTask(deps: TaskDeps, exchange: Exchange, evaluated: EvaluatedCall): McpTask {
  const { call, facts } = evaluated;
  const offer = call.mcp?.tasks;
  const keptMs = requestedLifetime(offer?.kind === "augmented" ? offer.ttlMs : null);
  const { process } = deps;
  return newTask(deps, exchange, evaluated, { keptMs, state: "running", process, approval: facts.approval.id });
}

async function detached(
  deps: TaskDeps,
  exchange: Exchange,
  task: McpTask,
  evaluated: EvaluatedCall,
  forward: Forward,
): Promise<Outcome> {
  const { running } = deps;
  const waitsMs = evaluated.call.route.hold.clientTimeoutMs;
  const res = new CapturedResponse(exchange.req);
  let result = outcome({ kind: "unknown" });
  await running.start(task.id, async (cancelled) => {
    const inner = {
      ...exchange,
      res,
      answerSink: taskSink(res, (question) => void running.ask(task.id, question, waitsMs)),
      connection: ClientConnection.with(cancelled),
      task: task.id,
    };
    result = await forward(inner).catch((thrown: unknown) => refuse(inner, asRefusal(thrown)));
    await settle(deps, task, res, evaluated.decisionId);
  });
  return result;
}

/** Answers a held call with a task, when its caller can ask about one. */
function heldTasks(deps: TaskDeps): HeldTasks {
  const { store, clock } = deps;
  return {
    async hold(exchange, evaluated, approval) {
      const known = { kind: "held", approvalId: approval.id } as const;
      if (exchange.task !== undefined) {
        // Its poll executed it, and people have to be asked anew: something has changed since they said yes.
        await store.move(exchange.task, "running", { state: "waiting", approval: approval.id }, clock.now());
        return outcome(known);
      }
      if (!mayBecomeTask(evaluated.call)) return null;
      // Clients do not take the same task for two calls, so a repeated call gets one of its own.
      const task = newTask(deps, exchange, evaluated, { approval: approval.id, keptMs: taskLifetime(approval) });
      if (!(await stored(deps, task))) return null;
      return outcome({ ...known, status: respondWithTask(deps, exchange, evaluated, approval, task) });
    },
  };
}

function newTask(
  { ids, clock }: TaskDeps,
  exchange: Exchange,
  { call, subject }: EvaluatedCall,
  { keptMs, ...more }: { readonly keptMs: number } & Partial<McpTask>,
): McpTask {
  const now = clock.now();
  return {
    id: ownTaskPrefix + ids.make("t"),
    owner: taskOwner(subject, call.route.id),
    run: callerRun(subject),
    route: call.route.id,
    tool: resourceId(call),
    approval: null,
    request: inSession(storedRequest(exchange, call), (sent) => call.mcp?.transportSession ?? sent),
    state: "waiting",
    process: null,
    answer: null,
    upstream_task: null,
    note: null,
    created: now,
    changed: now,
    expires: now + keptMs,
    ...more,
  };
}

/** On disk when it resolves to true; false when its caller has too many open ones. @throws Refusal holds_unavailable */
async function stored({ store, clock }: TaskDeps, task: McpTask): Promise<boolean> {
  try {
    await store.purge(clock.now());
    return await store.insert(task, maxOpen);
  } catch (cause) {
    throw new Refusal("holds_unavailable", { detail: String(cause), cause });
  }
}

function respondWithTask(
  { clock }: TaskDeps,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  approval: Approval,
  task: McpTask,
): number {
  const { route } = evaluated.call;
  const about = aboutDecision(errorOfPending(approval, route.hold.status, evaluated.decisionId, clock));
  return reply(exchange, { result: created(task, approval, task.request.era, route, about) });
}
