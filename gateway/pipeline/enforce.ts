import type { Exchange, EvaluatedCall, RequestContext, Rewriting } from "../domain/exchange.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { Decision } from "../domain/decision.ts";
import type { Refusal } from "../domain/errors.ts";
import type { Facts } from "../domain/facts.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { Asserted } from "../domain/asserted-input.ts";
import type { PolicyInput } from "../domain/policy-input.ts";
import type { Subject } from "../domain/subject.ts";
import { after, type Awaitable } from "../lib/awaitable.ts";
import { asSent, judge } from "./judge.ts";

/** One request to the path: an exchange on a connection, the run of a task, or a question of another enforcement point. */
export interface Arrival {
  readonly context: RequestContext;
}

/** What the first step reads. `asserted`: what an enforcement point says beside the facts. */
export interface Read {
  readonly call: ToolCall;
  readonly asserted?: Asserted;
}

/** What the third step finds out. */
export interface Gathered {
  readonly facts: Facts;
  /** The call is refused with this unless obligations change it; null: nothing. */
  readonly refusalUnlessChanged?: Refusal | null;
}

/** Sends a further arrival through the whole path: the only way for a step to begin another call. Never rejects. */
export type Enter<A> = (arrival: A) => Promise<void>;

/** The steps of one kind of call; see `CallTable`. Any of them may throw a Refusal, which ends in fail-closed.ts. */
export interface Steps<A extends Arrival, R extends Read = Read, G extends Gathered = Gathered> {
  /** Finds out who calls, with which key, on whose behalf. */
  readonly identify: (arrival: A, read: R) => Awaitable<Subject>;
  /** Session, catalog, definition, approval, risk, time. `before`: of the same call before obligations changed it; its policy counts. */
  readonly gather: (arrival: A, read: R, subject: Subject, before: Facts | null) => Awaitable<G>;
  /** Allow, hold or deny; an indeterminate answer is a deny. */
  readonly decide: (input: PolicyInput, facts: Facts, decisionId: string) => Decision;
  /** No record, no call: `act` runs when the decision is written. */
  readonly record: (context: RequestContext, decision: Decision, act: () => Promise<Outcome>) => Promise<Outcome>;
  /** Forwards, holds, refuses or answers. */
  readonly act: (
    arrival: A,
    evaluated: EvaluatedCall,
    by: { read: R; gathered: G; enter: Enter<A> },
  ) => Promise<Outcome>;
}

/** A way into the path. Its first step reads the call, whose kind says which steps follow. */
export interface Door<A extends Arrival, R extends Read = Read, G extends Gathered = Gathered> {
  /** Bytes, or a document, to a call: strict, one reading. Called in the tick of the server's `request` event. */
  readonly parse: (arrival: A) => Awaitable<R>;
  readonly steps: (arrival: A, read: R) => Steps<A, R, G>;
  /** What the obligations of the decision take out of the call; null when nothing is left to take out. @throws Refusal redaction_refused */
  readonly rewrite: (arrival: A, evaluated: EvaluatedCall) => Promise<Rewriting<A> | null> | null;
}

/**
 * The one request path. Each line's result is the next line's input, so the order cannot be rearranged by accident; the context
 * only tells records and refusals how far a request came.
 */
export async function enforce<A extends Arrival, R extends Read, G extends Gathered>(
  door: Door<A, R, G>,
  arrival: A,
  enter: Enter<A>,
): Promise<Outcome> {
  const { context } = arrival;
  const read = await door.parse(arrival);
  context.call = read.call;
  const step = door.steps(arrival, read);
  const identified = step.identify(arrival, read);
  const subject = (context.subject = identified instanceof Promise ? await identified : identified);
  const judging = judge(step, arrival, read, { subject, before: null });
  const first = judging instanceof Promise ? await judging : judging;
  const sending = asSent(door, step, arrival, first);
  const { evaluated, ...by } = sending instanceof Promise ? await sending : sending;
  return await step.record(context, evaluated.decision, () => step.act(arrival, evaluated, { ...by, enter }));
}

/** The kinds of call and the steps of each. Built in compose/call-table.ts; docs/architecture.md is written from it. */
export interface CallTable<Question> {
  /** A request on a route of plain HTTP. */
  readonly http: Steps<Exchange>;
  /** A message of an MCP client. */
  readonly mcp: Steps<Exchange>;
  /** The call of a task, executed by a poll of its caller. */
  readonly task: Steps<Exchange>;
  /** What a tool server asks its caller while it answers. */
  readonly serverRequest: Steps<Exchange>;
  /** A question of another enforcement point (AuthZEN 1.0). */
  readonly question: Question;
}

/** The entry of agents: parses a request into a call and selects its kind by the route, or by the task that it belongs to. */
export function callDoor(
  parse: (exchange: Exchange) => Awaitable<ToolCall>,
  table: Omit<CallTable<unknown>, "question">,
  rewrite: Door<Exchange>["rewrite"],
): Door<Exchange> {
  return {
    parse: (exchange) => after(parse(exchange), (call) => ({ call })),
    steps: (exchange, read) => table[kindOf(exchange, read)],
    rewrite,
  };
}

function kindOf(
  { answerSink, serverRequest }: Exchange,
  { call }: Read,
): Exclude<keyof CallTable<unknown>, "question"> {
  if (serverRequest !== undefined) return "serverRequest";
  if (answerSink !== undefined) return "task";
  return call.mcp === null ? "http" : "mcp";
}
