import { outcome, type Outcome } from "../domain/decision-record.ts";
import { asRefusal, type ErrorCode, Refusal } from "../domain/errors.ts";
import type { ActivePolicy } from "../domain/ports.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { denied, type Evaluation, permitted, refused } from "./answer.ts";
import type { AuthzenDeps, EnforcementPoint } from "./deps.ts";
import type { Verdict } from "./question-steps.ts";
import { readBatch, readDefaults, readQuestion, type Semantics } from "./shapes.ts";

/** Called when it is known whether the answers reached the enforcement point. */
export type Release = (arrived: boolean) => Promise<void>;

export interface Evaluating {
  readonly caller: EnforcementPoint;
  /** The one policy of the whole request. */
  readonly policy: ActivePolicy;
  readonly releases: Release[];
}

/**
 * Answers one question. Whatever goes wrong with it is a recorded no with a name.
 * @throws Refusal record_unavailable: an answer that nobody recorded is not given
 */
async function evaluate(deps: AuthzenDeps, evaluating: Evaluating, document: JsonValue): Promise<Evaluation> {
  const { caller, policy } = evaluating;
  let given: Evaluation | Refusal = new Refusal("internal", { detail: "a question without an answer" });
  await deps.ask({
    read: () => readQuestion(document),
    caller,
    policy,
    actors: null,
    async answer(verdict) {
      const [evaluation, result] = await answer(deps, evaluating, verdict);
      given = evaluation;
      return result;
    },
    refuse(refusal, { decisionId }) {
      const unrecorded = refusal.code === "record_unavailable";
      given = unrecorded ? refusal : refused(refusal, decisionId, deps.clock.now());
      return answered(refusal.code);
    },
  });
  // Assigned in the callbacks, which the compiler does not follow.
  const result = given as Evaluation | Refusal;
  if (result instanceof Refusal) throw result;
  return result;
}

type Answer = readonly [Evaluation, Outcome];

async function answer(deps: AuthzenDeps, evaluating: Evaluating, verdict: Verdict): Promise<Answer> {
  const { evaluated } = verdict;
  const observed = deps.sessions.observe(evaluated, verdict.at);
  if (observed.noted !== null) await observed.noted;
  const [evaluation, result] = await answerOf(deps, evaluating, verdict);
  await observed.ended(result.kind);
  return [evaluation, result];
}

async function answerOf(deps: AuthzenDeps, evaluating: Evaluating, verdict: Verdict): Promise<Answer> {
  const { evaluated } = verdict;
  const { decision } = evaluated;
  if (decision.effect === "allow") return permit(deps, evaluating, verdict);
  const code = decision.indeterminate ?? (decision.effect === "deny" ? "policy_denied" : "approval_pending");
  return [denied(deps, verdict, evaluating.caller), answered(code, evaluated.facts.approval.id)];
}

/** The duties of a permission come before its answer: an approval is used up, on disk, or the answer is no. */
async function permit(deps: AuthzenDeps, { caller, releases }: Evaluating, verdict: Verdict): Promise<Answer> {
  const { evaluated, at } = verdict;
  const { id, status } = evaluated.facts.approval;
  try {
    if (caller.exchange.connection.aborted)
      return [unanswered(verdict), outcome({ kind: "abandoned", code: "client_gone" })];
    const obligations = await deps.fulfil(evaluated);
    if (id !== null && status === "approved") releases.push(releaseOf(deps, verdict, id));
    return [permitted(verdict), { ...answered(null, id), obligations }];
  } catch (thrown) {
    const refusal = asRefusal(thrown);
    const evaluation = refused(refusal, evaluated.decisionId, at);
    return [withStep(verdict, evaluation, refusal), answered(refusal.code, id)];
  }
}

/** The enforcement point has left; the answer is never written. */
function unanswered({ evaluated, at }: Verdict): Evaluation {
  return {
    decision: false,
    context: { evaluation_id: evaluated.decisionId, evaluated_at: new Date(at).toISOString() },
  };
}

/** Another question with the same approval was first, or a condition of the permission was not met. */
function withStep({ reference }: Verdict, { context }: Evaluation, { code, retryAfterS }: Refusal): Evaluation {
  const wait = retryAfterS === null ? {} : { retry_after: retryAfterS };
  if (reference.kind === "absent") return { decision: false, context: { ...context, ...wait } };
  if (code === "approval_consumed")
    return { decision: false, context: { ...context, reason: "approval_expired", next_action: "none" } };
  return { decision: false, context: { ...context, next_action: retryAfterS === null ? "none" : "retry", ...wait } };
}

/** What the enforcement point does with a yes is not known here; that it got one is. */
function releaseOf({ holds }: AuthzenDeps, { evaluated }: Verdict, id: string): Release {
  const release = { revision: evaluated.facts.policy.revision, decisionId: evaluated.decisionId };
  return async function settle(arrived) {
    const note = arrived
      ? "permitted to the enforcement point, which carries it out"
      : "the answer may not have arrived";
    await holds.finish(id, arrived ? "delivered" : "unknown", note, release);
  };
}

function answered(code: ErrorCode | null, approvalId: string | null = null): Outcome {
  return outcome({ kind: "answered", status: 200, code, approvalId });
}

/** So many questions are judged before others get their turn. */
const atOnce = 16;

/** "Access Evaluation API": one question. A malformed one is an error of the whole request. */
export function evaluation(deps: AuthzenDeps, evaluating: Evaluating, document: JsonValue | undefined) {
  readQuestion(document);
  return evaluate(deps, evaluating, document as JsonValue);
}

/** "Access Evaluations API". Without `evaluations` it is one question. @throws Refusal authzen_request_invalid */
export async function evaluations(
  deps: AuthzenDeps,
  evaluating: Evaluating,
  document: JsonValue | undefined,
): Promise<Evaluation | { readonly evaluations: readonly Evaluation[] }> {
  const { evaluations: items = [], options } = readBatch(document);
  if (items.length === 0) return evaluation(deps, evaluating, document);
  if (items.length > deps.evaluations)
    throw new Refusal("authzen_request_invalid", { hint: `at most ${deps.evaluations} evaluations` });
  readDefaults(document);
  const questions = items.map((item) => withDefaults(item, document as JsonObject));
  return { evaluations: await inOrder(deps, evaluating, questions, options?.evaluations_semantic ?? "execute_all") };
}

const inherited = ["subject", "action", "resource", "context"] as const;

/** "Default values": an item has a member whole, or inherits it whole. */
function withDefaults(item: JsonValue, defaults: JsonObject): JsonValue {
  if (!isJsonObject(item)) return item;
  const kept = inherited.flatMap((name) => {
    const value = Object.hasOwn(item, name) ? item[name] : defaults[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(kept);
}

const lastWord: Readonly<Record<Semantics, boolean | null>> = {
  execute_all: null,
  deny_on_first_deny: false,
  permit_on_first_permit: true,
};

/** What ends a batch early ends it before the next question is judged: no approval is used up behind the last answer. */
async function inOrder(
  deps: AuthzenDeps,
  evaluating: Evaluating,
  questions: readonly JsonValue[],
  semantics: Semantics,
): Promise<Evaluation[]> {
  const ends = lastWord[semantics];
  const size = ends === null ? atOnce : 1;
  const given: Evaluation[] = [];
  for (let at = 0; at < questions.length; at += size) {
    const some = questions.slice(at, at + size).map((question) => evaluate(deps, evaluating, question));
    given.push(...(await allOf(some)));
    if (ends !== null && given.at(-1)?.decision === ends) break;
  }
  return given;
}

/** All have ended before one that failed is told: nothing may still be used up behind an answer that was given. */
async function allOf(some: readonly Promise<Evaluation>[]): Promise<Evaluation[]> {
  const ended = await Promise.allSettled(some);
  return ended.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}
