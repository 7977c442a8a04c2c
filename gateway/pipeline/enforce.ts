import type { Decision } from "../domain/decision.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import type { Facts } from "../domain/facts.ts";
import type { Outcome } from "../domain/decision-record.ts";
import { type PolicyInput, policyInput } from "../domain/policy-input.ts";
import type { Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";

/** The steps of the one request path, each handed in by compose.ts. Any of them may throw a Refusal. */
export interface Steps {
  /** Wire → ToolCall (HTTP or MCP); strict, canonical. */
  parse(exchange: Exchange): Promise<ToolCall>;
  /** Who, bound to which key, acting for whom. */
  identify(exchange: Exchange, call: ToolCall): Promise<Subject> | Subject;
  /** Session, task, catalog, approval presented, risk, time. */
  gather(exchange: Exchange, call: ToolCall, subject: Subject): Facts;
  /** Allow, hold or deny; doubt is deny. */
  decide(input: PolicyInput, facts: Facts): Decision;
  /** No record, no call. */
  recorded(exchange: Exchange, decision: Decision, act: () => Promise<Outcome>): Promise<Outcome>;
  act(exchange: Exchange, evaluated: EvaluatedCall): Promise<Outcome>;
  /** The same request once more, with the approval that people gave while its caller waited. */
  resume(exchange: Exchange, approvalId: string): Exchange;
}

/**
 * The one request path. Each line's result is the next line's only input, so the order cannot be rearranged by
 * accident; the trail only tells records and refusals how far a request came. Whatever rejects ends in fail-closed.ts.
 * Returns the exchange to go through the same lines again when people released the call: there is no second door.
 */
export async function enforce(step: Steps, exchange: Exchange): Promise<Exchange | null> {
  const { context } = exchange;
  const call = (context.call = await step.parse(exchange));
  const subject = (context.subject = await step.identify(exchange, call));
  const facts = (context.facts = step.gather(exchange, call, subject));
  const input = (context.input = policyInput(call, subject, facts));
  const decision = step.decide(input, facts);
  const evaluated: EvaluatedCall = { decisionId: context.decisionId, call, subject, facts, input, decision };
  const outcome = await step.recorded(exchange, decision, () => step.act(exchange, evaluated));
  return outcome.kind === "resumed" && outcome.approvalId !== null ? step.resume(exchange, outcome.approvalId) : null;
}
