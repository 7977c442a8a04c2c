import type { Decision } from "../domain/decision.ts";
import type { ErrorCode, Refusal } from "../domain/errors.ts";
import type { ArgumentsRedacted, EvaluatedCall, Rewriting } from "../domain/exchange.ts";
import type { Facts } from "../domain/facts.ts";
import { callInput } from "../domain/policy-input.ts";
import type { Subject } from "../domain/subject.ts";
import { after, type Awaitable } from "../lib/awaitable.ts";
import type { Arrival, Door, Gathered, Read, Steps } from "./enforce.ts";

/** A call with everything that it was judged by. */
export interface Judgement<R extends Read, G extends Gathered> {
  readonly read: R;
  readonly gathered: G;
  readonly evaluated: EvaluatedCall;
}

/** Gathers what is known of a call, and asks the policy. `before`: the facts of the same call before it was changed. */
export function judge<A extends Arrival, R extends Read, G extends Gathered>(
  step: Steps<A, R, G>,
  arrival: A,
  read: R,
  { subject, before }: { readonly subject: Subject; readonly before: Facts | null },
): Awaitable<Judgement<R, G>> {
  const { context } = arrival;
  const call = (context.call = read.call);
  return after(step.gather(arrival, read, subject, before), (gathered) => {
    const facts = (context.facts = gathered.facts);
    const input = (context.input = callInput(call, subject, facts, read.asserted));
    const decision = step.decide(input, facts, context.decisionId);
    return { read, gathered, evaluated: { decisionId: context.decisionId, call, subject, facts, input, decision } };
  });
}

/**
 * The judgement of the call as it would be sent. What obligations take out of a call makes another one of it: that one is read,
 * gathered for and judged like any other, on the same policy. It is denied when the policy does not allow it, or wants more taken out.
 * @throws Refusal redaction_refused, and whatever a call is refused for that is read or gathered for
 */
export function asSent<A extends Arrival, R extends Read, G extends Gathered>(
  door: Door<A, R, G>,
  step: Steps<A, R, G>,
  arrival: A,
  first: Judgement<R, G>,
): Awaitable<Judgement<R, G>> {
  return after(door.rewrite(arrival, first.evaluated), (rewriting) =>
    rewriting === null ? withoutRefusal(first) : rewritten(door, step, arrival, { first, rewriting }),
  );
}

interface Rewritten<A extends Arrival, R extends Read, G extends Gathered> {
  readonly first: Judgement<R, G>;
  readonly rewriting: Rewriting<A>;
}

async function rewritten<A extends Arrival, R extends Read, G extends Gathered>(
  door: Door<A, R, G>,
  step: Steps<A, R, G>,
  arrival: A,
  { first, rewriting }: Rewritten<A, R, G>,
): Promise<Judgement<R, G>> {
  const { subject, facts, decision, call } = first.evaluated;
  const { context } = arrival;
  // It waited for people in its changed form, and policy has become stricter since.
  if (context.redacted !== undefined) return denied(first, "redaction_unsettled");
  rewriting.apply(arrival);
  context.redacted = redactedFrom(call.request.digest, rewriting.values, decision);
  const again = withoutRefusal(await judge(step, arrival, await door.parse(arrival), { subject, before: facts }));
  if (again.evaluated.decision.effect === "deny") return denied(again, "redaction_denied");
  return (await door.rewrite(arrival, again.evaluated)) === null ? again : denied(again, "redaction_unsettled");
}

function redactedFrom(received: string, values: number, { effect, fuel }: Decision): ArgumentsRedacted {
  return { received_digest: received, values, effect, fuel };
}

/** For a judgement that is final: no obligation changes its call any more. @throws Refusal `refusalUnlessChanged` of the call */
function withoutRefusal<R extends Read, G extends Gathered>(judged: Judgement<R, G>): Judgement<R, G> {
  const refusal: Refusal | null = judged.gathered.refusalUnlessChanged ?? null;
  if (refusal !== null) throw refusal;
  return judged;
}

/** A fault of the policy keeps its own code. */
function denied<R extends Read, G extends Gathered>(judged: Judgement<R, G>, code: ErrorCode): Judgement<R, G> {
  const { evaluated } = judged;
  const { decision } = evaluated;
  const indeterminate = decision.indeterminate ?? code;
  return {
    ...judged,
    evaluated: {
      ...evaluated,
      decision: { ...decision, effect: "deny", obligations: [], approval: null, indeterminate },
    },
  };
}
