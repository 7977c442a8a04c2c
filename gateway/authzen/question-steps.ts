import type { Refusal } from "../domain/errors.ts";
import { type EvaluatedCall, newContext, type RequestContext } from "../domain/exchange.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { ActivePolicy } from "../domain/ports.ts";
import type { JsonValue } from "../lib/json.ts";
import type { Arrival, Door, Gathered, Read, Steps } from "../pipeline/enforce.ts";
import { failClosed, type RefusalDeps } from "../pipeline/fail-closed.ts";
import type { Actors } from "./bound.ts";
import { delegatedQuestion, type DelegatedQuestion } from "./delegated-call.ts";
import type { AuthzenDeps, EnforcementPoint, QuestionDeps } from "./deps.ts";
import { assertLocal } from "./own-questions.ts";
import { approvalOf, type Reference, type ReferenceFailure, verifyReference } from "./presented-approval.ts";
import type { Question } from "./shapes.ts";

/** One question as it comes into the request path. */
export interface QuestionArrival extends Arrival {
  /** @throws Refusal authzen_request_invalid */
  readonly read: () => Question;
  readonly caller: EnforcementPoint;
  /** The one policy of the whole request. */
  readonly policy: ActivePolicy;
  /** Actors that a submission carries beside its subject. */
  readonly actors: Actors | null;
  readonly answer: (verdict: Verdict, context: RequestContext) => Promise<Outcome>;
  readonly refuse: (refusal: Refusal, context: RequestContext) => Outcome;
}

export interface ReadQuestion extends Read {
  readonly question: DelegatedQuestion;
  /** `context.approval` of the question, as it was sent. */
  readonly presented: JsonValue | undefined;
}

export interface QuestionFacts extends Gathered {
  readonly reference: Reference;
  /** Why what was presented does not count; null when it does, or nothing was. */
  readonly failure: ReferenceFailure | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** One question with all that it was judged by. */
export interface Verdict extends Pick<ReadQuestion, "question">, Pick<QuestionFacts, "reference" | "failure" | "at"> {
  readonly evaluated: EvaluatedCall;
}

export type QuestionSteps = Steps<QuestionArrival, ReadQuestion, QuestionFacts>;

/** The row of the table of calls for questions of other enforcement points. */
export function questionSteps(deps: QuestionDeps): QuestionSteps {
  return {
    // Its enforcement point has proven who it is; whom the question is about it says.
    identify: (_arrival, { question }) => question.subject,
    gather: (arrival, read) => gatherFor(deps, arrival, read),
    decide: (input, facts, decisionId) => deps.decide(facts.policy, input, decisionId),
    record: deps.record,
    async act({ answer, context }, evaluated, { read: { question }, gathered: { reference, failure, at } }) {
      return answer({ question, evaluated, reference, failure, at }, context);
    },
  };
}

/** The door that questions come in by. */
export function questionDoor(
  deps: QuestionDeps,
  steps: QuestionSteps,
): Door<QuestionArrival, ReadQuestion, QuestionFacts> {
  return {
    parse({ context, read, caller, actors }) {
      const asked = read();
      if (caller.isOwn) assertLocal(asked, deps.ownServer);
      const asking = { pep: caller.pep, isOwn: caller.isOwn };
      const question = delegatedQuestion(asked, asking, { ...deps, origin: deps.origin() }, actors);
      const { call, asserted } = question;
      context.route = call.route;
      return { call, asserted, question, presented: asked.context?.["approval"] };
    },
    steps: () => steps,
    // Nothing is sent from here, so nothing can be changed on the way: such an obligation cannot be carried out, and that is a no.
    rewrite: () => null,
  };
}

/** Sends a question through the request path, under a record of its own whose id is the evaluation's id. Never rejects. */
export type Ask = (question: Omit<QuestionArrival, "context">) => Promise<void>;

export function asking(
  door: Door<QuestionArrival, ReadQuestion, QuestionFacts>,
  deps: RefusalDeps & Pick<AuthzenDeps, "ids" | "clock" | "route">,
): Ask {
  const enter = failClosed<QuestionArrival, ReadQuestion, QuestionFacts>({
    ...deps,
    door,
    refuse: ({ refuse, context }, refusal) => refuse(refusal, context),
    resume() {
      // A question is answered at once; without this, one that was not would go round for ever.
      throw new Error("a question cannot be resumed");
    },
  });
  return async function ask(question) {
    const context = newContext({
      decisionId: deps.ids.make("d"),
      request: question.caller.exchange.req,
      startedAt: deps.clock.monotonic(),
      route: deps.route,
    });
    await enter({ ...question, context });
  };
}

async function gatherFor(
  deps: QuestionDeps,
  { caller, policy }: QuestionArrival,
  read: ReadQuestion,
): Promise<QuestionFacts> {
  const { question } = read;
  const { call, subject, catalogued } = question;
  const reference = await verifyReference(deps, read.presented, question, caller.pep);
  const at = deps.clock.now();
  let failure: ReferenceFailure | null = null;
  const facts = await deps.facts({
    call,
    subject,
    policy,
    catalogued,
    now: at,
    async approval(bound, conditions) {
      const answered = await approvalOf(deps, reference, { subject, binding: question.binding(bound), conditions }, at);
      ({ failure } = answered);
      return { approval: answered.approval, drift: answered.drift };
    },
  });
  return { facts, reference, failure, at };
}
