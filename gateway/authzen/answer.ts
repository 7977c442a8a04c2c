import { errorCatalogue, type Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Verdict } from "./question-steps.ts";
import type { AuthzenDeps, EnforcementPoint } from "./deps.ts";
import { basePath } from "./own-questions.ts";
import { signDenial } from "./statements.ts";

/** A Decision of the API. */
export interface Evaluation {
  readonly decision: boolean;
  readonly context: JsonObject;
}

type Caller = Pick<EnforcementPoint, "pep" | "isOwn">;

/** Seconds until a denial that will pass is worth another try. */
const retryAfter = 5;

export function permitted({ evaluated, at, reference }: Verdict): Evaluation {
  const { approval } = evaluated.facts;
  const used = approval.status === "approved" && approval.id !== null;
  const until =
    reference.kind === "approved"
      ? (reference.approval.execute_by ?? at)
      : at + ((approval.grant?.seconds ?? 0) - (approval.age ?? 0)) * 1_000;
  return {
    decision: true,
    context: {
      ...identity(evaluated.decisionId, at),
      reasons: reasonsOf(evaluated.decision.reasons),
      ...(used ? { approval: { id: approval.id, approved_until: iso(wholeSeconds(until)) } } : {}),
    },
  };
}

/** Policy said no, or not without people, or nothing that can be believed. */
export function denied(deps: AuthzenDeps, verdict: Verdict, caller: Caller): Evaluation {
  const { decision, decisionId } = verdict.evaluated;
  const [first] = decision.reasons;
  const status = decision.indeterminate === null ? 403 : errorCatalogue[decision.indeterminate].status;
  return {
    decision: false,
    context: {
      ...identity(decisionId, verdict.at),
      ...told(status, `${first?.code ?? "denied"}: ${first?.message ?? ""} (${first?.rule ?? ""})`, first?.message),
      reasons: reasonsOf(decision.reasons),
      ...stepsOf(deps, verdict, caller),
    },
  };
}

/** The gateway's own no: what was asked cannot be read, access was ended, a condition of the permission was not met. */
export function refused(refusal: Refusal, evaluationId: string, at: number): Evaluation {
  const { code, status, sentence } = refusal;
  return {
    decision: false,
    context: {
      ...identity(evaluationId, at),
      ...told(status, `${code}: ${sentence}`, sentence),
      reason: code,
      reasons: [{ code, message: sentence, rule: "gateway" }],
    },
  };
}

function identity(evaluationId: string, at: number): JsonObject {
  return { evaluation_id: evaluationId, evaluated_at: iso(at) };
}

/** By HTTP status, as the API's own examples have it. */
function told(status: number, admin: string, user: string | undefined): JsonObject {
  return { reason_admin: { [status]: admin }, reason_user: { [status]: user ?? "The policy does not allow this." } };
}

function reasonsOf(reasons: Verdict["evaluated"]["decision"]["reasons"]): JsonObject[] {
  return reasons.map(({ code, message, rule, severity }) => ({ code, message, rule, severity }));
}

/** Why, and what to do next ("Completion Semantics" of the profile). */
function stepsOf(deps: AuthzenDeps, verdict: Verdict, caller: Caller): JsonObject {
  const { reference, failure, evaluated } = verdict;
  const { effect, indeterminate } = evaluated.decision;
  const reason = indeterminate ?? reasonOf(verdict);
  const lasting = failure === "approval_unverifiable" || failure === "grant_pending";
  const request = effect === "hold" && !lasting ? { access_request: accessRequest(deps, verdict, caller) } : {};
  if (reference.kind === "absent") return { reason, ...request };
  if (indeterminate !== null || (failure === "grant_pending" && effect === "hold"))
    return { reason, next_action: "retry", retry_after: retryAfter };
  return { reason, next_action: effect === "hold" && !lasting ? "request" : "none", ...request };
}

function reasonOf({ failure, reference, evaluated }: Verdict): string {
  const held = evaluated.decision.effect === "hold";
  if (failure !== null && (held || failure !== "grant_pending")) return failure;
  if (!held) return "policy_denied";
  // It was approved, and policy asks for more by now: what people gave has been superseded.
  return reference.kind === "approved" ? "approval_expired" : "approval_required";
}

function accessRequest(deps: AuthzenDeps, { question, evaluated, at }: Verdict, { pep, isOwn }: Caller): JsonObject {
  const expiresAt = iso(wholeSeconds(at + deps.requestWithinMs));
  const { bound, actors } = question;
  const jti = deps.ids.make("n");
  const [first] = evaluated.decision.reasons;
  return {
    endpoint: `${deps.origin()}${basePath(isOwn)}/requests`,
    template: first?.rule ?? "approval",
    expires_at: expiresAt,
    binding_token: signDenial(deps, { evaluation: evaluated.decisionId, bound, actors, pep, jti, expiresAt }),
    display: { title: "Ask for approval", description: evaluated.decision.approval?.summary ?? "" },
  };
}

/** As signed statements have times. */
export function wholeSeconds(at: number): number {
  return Math.floor(at / 1_000) * 1_000;
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}
