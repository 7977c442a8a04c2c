import { type EvaluatedCall, newContext } from "../domain/exchange.ts";
import type { ActivePolicy } from "../domain/ports.ts";
import type { Decision } from "../domain/decision.ts";
import type { Outcome } from "../domain/decision-record.ts";
import { policyInput } from "../domain/policy-input.ts";
import { type Asked, asked } from "./asked.ts";
import type { Actors } from "./bound.ts";
import { approvalOf, type Reference, type ReferenceFailure, verifyReference } from "./reference.ts";
import type { AuthzenRoom, Caller, Recorded } from "./room.ts";
import type { Question } from "./shapes.ts";

/** One question with all that it was judged by. */
export interface Verdict {
  readonly asked: Asked;
  readonly evaluated: EvaluatedCall;
  readonly reference: Reference;
  /** Why what was presented does not count; null when it does, or nothing was. */
  readonly failure: ReferenceFailure | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface ToJudge {
  readonly question: Question;
  readonly policy: ActivePolicy;
  readonly caller: Caller;
  readonly record: Recorded;
  /** Actors that a submission carries beside its subject. */
  readonly actors?: Actors;
}

/**
 * Judges one question by the same steps as a call: read, gather, the one document, decide, record, and only then act.
 * @throws Refusal
 */
export async function judge(room: AuthzenRoom, ask: ToJudge, act: (verdict: Verdict) => Outcome): Promise<void> {
  const { step, clock } = room;
  const { question, policy, caller, record } = ask;
  const { context } = record;
  const now = clock.now();
  const asking = asked(question, caller.pep, { ...room, origin: room.origin() }, ask.actors ?? null);
  const { call, subject, catalogued } = asking;
  context.route = call.route;
  context.call = call;
  context.subject = subject;
  const reference = verifyReference(room, question.context?.["approval"], asking, caller.pep);
  let failure: ReferenceFailure | null = null;
  const facts = (context.facts = step.gather({
    ...{ call, subject, policy, catalogued, now },
    approval: (bound, conditions) => {
      const binding = asking.binding(bound);
      const answered = approvalOf(room, reference, { subject, binding, conditions }, now);
      ({ failure } = answered);
      return { approval: answered.approval, drift: answered.drift };
    },
  }));
  const input = (context.input = policyInput(call, subject, facts, "call", asking.asserted));
  const decision: Decision = step.decide(policy, input);
  const evaluated: EvaluatedCall = { decisionId: context.decisionId, call, subject, facts, input, decision };
  await step.recorded(record, decision, async () => act({ asked: asking, evaluated, reference, failure, at: now }));
}

/** A record of its own for each question: its id is the evaluation's id. */
export function newRecord({ ids, clock, route }: AuthzenRoom, { exchange }: Pick<Caller, "exchange">): Recorded {
  return {
    req: exchange.req,
    startedAt: clock.monotonic(),
    context: newContext(ids.make("d"), route),
  };
}
