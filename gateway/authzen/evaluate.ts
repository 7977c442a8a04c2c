import { asRefusal, type ErrorCode } from "../domain/errors.ts";
import type { JsonValue } from "../lib/json.ts";
import { outcome, type Outcome } from "../domain/decision-record.ts";
import type { ActivePolicy } from "../domain/ports.ts";
import { denied, type Evaluation, permitted, refused } from "./answer.ts";
import { judge, newRecord, type Verdict } from "./judge.ts";
import type { AuthzenRoom, Caller, Recorded } from "./room.ts";
import { readQuestion } from "./shapes.ts";

/** Called when it is known whether the answers reached the enforcement point. */
export type Release = (told: boolean) => void;

export interface Evaluating {
  readonly caller: Caller;
  /** The one bundle of the whole request. */
  readonly policy: ActivePolicy;
  readonly releases: Release[];
}

/**
 * Answers one question. Whatever goes wrong with it is a recorded no with a name.
 * @throws Refusal record_unavailable: an answer that nobody recorded is not given
 */
export async function evaluate(room: AuthzenRoom, around: Evaluating, document: JsonValue): Promise<Evaluation> {
  const { caller, policy } = around;
  const record = newRecord(room, caller);
  const given: Evaluation[] = [];
  try {
    const question = readQuestion(document);
    await judge(room, { question, policy, caller, record }, (verdict) => {
      const [evaluation, come] = answer(room, around, verdict);
      given.push(evaluation);
      return come;
    });
  } catch (thrown) {
    given.push(await refuse(room, record, thrown));
  }
  return given[0] as Evaluation;
}

/** Not being able to record is for the whole request to say. */
async function refuse({ step, clock, logger }: AuthzenRoom, record: Recorded, thrown: unknown): Promise<Evaluation> {
  const refusal = asRefusal(thrown);
  if (refusal.code === "record_unavailable") throw refusal;
  const { decisionId } = record.context;
  if (refusal.status >= 500)
    logger.error("a question failed closed", { decision_id: decisionId, code: refusal.code, detail: refusal.detail });
  await step.recorded(record, step.decisionOf(refusal), async () => answered(refusal.code));
  return refused(refusal, decisionId, clock.now());
}

type Answer = readonly [Evaluation, Outcome];

function answer(room: AuthzenRoom, around: Evaluating, verdict: Verdict): Answer {
  const { evaluated } = verdict;
  const { decision } = evaluated;
  room.sessions.observe(evaluated, verdict.at);
  if (decision.effect === "allow") return permit(room, around, verdict);
  const code = decision.indeterminate ?? (decision.effect === "deny" ? "policy_denied" : "approval_pending");
  return [denied(room, verdict, around.caller.pep), answered(code, evaluated.facts.approval.id)];
}

/** The duties of a permission come before its answer: an approval is used up, on disk, or the answer is no. */
function permit(room: AuthzenRoom, { caller, releases }: Evaluating, verdict: Verdict): Answer {
  const { evaluated, at } = verdict;
  const { id, status } = evaluated.facts.approval;
  try {
    if (caller.exchange.connection.aborted)
      return [unanswered(verdict), outcome({ kind: "abandoned", code: "client_gone" })];
    const obligations = room.step.carryOut(evaluated);
    if (id !== null && status === "approved") releases.push(releaseOf(room, verdict, id));
    return [permitted(verdict), { ...answered(null, id), obligations }];
  } catch (thrown) {
    const refusal = asRefusal(thrown);
    const evaluation = refused(refusal, evaluated.decisionId, at);
    return [withStep(verdict, evaluation, refusal.code), answered(refusal.code, id)];
  }
}

/** Nobody is there to be told; the answer is never written. */
function unanswered({ evaluated, at }: Verdict): Evaluation {
  return {
    decision: false,
    context: { evaluation_id: evaluated.decisionId, evaluated_at: new Date(at).toISOString() },
  };
}

/** Another question with the same approval was first, or a condition of the permission was not met. */
function withStep({ reference }: Verdict, { context }: Evaluation, code: ErrorCode): Evaluation {
  if (reference.kind === "absent") return { decision: false, context };
  if (code === "approval_consumed")
    return { decision: false, context: { ...context, reason: "approval_expired", next_action: "none" } };
  const next = code === "limit_exceeded" ? { next_action: "retry", retry_after: 5 } : { next_action: "none" };
  return { decision: false, context: { ...context, ...next } };
}

/** What the enforcement point does with a yes is not known here; that it got one is. */
function releaseOf({ holds }: AuthzenRoom, { evaluated }: Verdict, id: string): Release {
  const release = { revision: evaluated.facts.policy.revision, decisionId: evaluated.decisionId };
  return function settle(told) {
    const note = told ? "permitted to the enforcement point, which carries it out" : "the answer may not have arrived";
    holds.finish(id, told ? "delivered" : "unknown", note, release);
  };
}

function answered(code: ErrorCode | null, approvalId: string | null = null): Outcome {
  return outcome({ kind: "answered", status: 200, code, approvalId });
}
