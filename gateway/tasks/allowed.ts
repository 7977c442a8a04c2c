import { ClientConnection } from "../domain/client-connection.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import { asRefusal, Refusal } from "../domain/errors.ts";
import { outcome, type Outcome } from "../domain/decision-record.ts";
import { keptAsAsked, type McpTask, taskOwner } from "../domain/tasks.ts";
import { refuse } from "../act/respond/refuse.ts";
import { CapturedResponse } from "./captured-response.ts";
import { newTask, stored } from "./held.ts";
import { maxOpen, mayBecomeTask, type TaskOptions } from "./options.ts";
import { reply } from "./reply.ts";
import { settle } from "./run.ts";
import { taskSink } from "./task-sink.ts";
import { created } from "./view.ts";

type Forward = (to: Exchange) => Promise<Outcome>;

/**
 * An allowed call that asks to be a task, of a tool whose server makes none (MCP 2025-11-25): who advertises tasks answers
 * with one. It is executed at once, with nobody waiting on the connection. Every other call is just forwarded.
 */
export function forwardAsTask(
  options: TaskOptions,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  forward: Forward,
): Promise<Outcome> {
  if (exchange.task !== undefined || !asksForOne(options, evaluated)) return forward(exchange);
  const task = takeTask(options, exchange, evaluated);
  reply(exchange, { result: created(task, null, task.request.era, evaluated.call.route, {}) });
  return detached(options, exchange, task, evaluated.decisionId, forward);
}

function asksForOne({ makesTasks }: TaskOptions, { call }: EvaluatedCall): boolean {
  return mayBecomeTask(call) && call.mcp?.tasks?.kind === "augmented" && !makesTasks(call.route.server, call.name);
}

/** @throws Refusal tasks_exhausted, holds_unavailable */
function takeTask(options: TaskOptions, exchange: Exchange, evaluated: EvaluatedCall): McpTask {
  const { store, clock, process } = options;
  const { call, subject, facts } = evaluated;
  const owner = taskOwner(subject, call.route.id);
  const now = clock.now();
  store.purge(now);
  if (store.countOpen(owner, now) >= maxOpen) throw new Refusal("tasks_exhausted");
  const offer = call.mcp?.tasks;
  const expires = now + keptAsAsked(offer?.kind === "augmented" ? offer.ttlMs : null);
  return stored(
    options,
    newTask(options, exchange, evaluated, { expires, state: "running", process, approval: facts.approval.id }),
  );
}

async function detached(
  options: TaskOptions,
  exchange: Exchange,
  task: McpTask,
  decisionId: string,
  forward: Forward,
): Promise<Outcome> {
  const { running } = options;
  const res = new CapturedResponse(exchange.req);
  let result = outcome({ kind: "unknown" });
  await running.start(task.id, async (cancelled) => {
    const inner = {
      ...exchange,
      res,
      answerSink: taskSink(res),
      connection: ClientConnection.with(cancelled),
      task: task.id,
    };
    result = await forward(inner).catch((thrown: unknown) => refuse(inner, asRefusal(thrown)));
    settle(options, task, res, decisionId);
  });
  return result;
}
