import type { Approval } from "../../domain/approval.ts";
import { Refusal, errorCatalogue, type ErrorCode, policyFaults } from "../../domain/errors.ts";
import type { Clock } from "../../domain/ports.ts";
import type { Decision, Reason } from "../../domain/decision.ts";
import { notBegun } from "../../domain/revocation.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { resourceId } from "../../domain/tool-call.ts";
import type { JsonObject } from "../../lib/json.ts";

/** What a caller is told when its call did not go through, before it takes the shape of a protocol. */
export interface CallerError {
  readonly outcome: "deny" | "pending" | "error";
  /** Stable, for machines: a reason code of a rule, or a code of the catalogue. */
  readonly code: string;
  readonly status: number;
  readonly sentence: string;
  readonly reasons: readonly Pick<Reason, "code" | "message" | "rule">[];
  readonly retryable: boolean;
  /** True when the tool server has answered; null when bytes of the call had left, and whether it ran is not known. */
  readonly executed: boolean | null;
  /** Seconds after which the same call may succeed; null when nobody can tell. */
  readonly retryAfterS: number | null;
  readonly decisionId: string;
  readonly approval: {
    readonly id: string;
    readonly expiresAt: number;
    /** Seconds after which it may have been decided. Absent: it is over. */
    readonly retryAfterS?: number;
  } | null;
  /** Where a person can repair it. */
  readonly link?: string;
  /** Members that the protocol defines for the `data` of an error. */
  readonly data?: JsonObject;
}

/** Of the gateway's own catalogue. */
export type CatalogueError = CallerError & { readonly code: ErrorCode };

/** Codes after which the very same call may succeed later without anybody changing anything. */
const transient = new Set([408, 429, 502, 503, 504]);

/** The tool server had the call already; who sends it again may do it twice. */
const perhapsExecuted: ReadonlySet<ErrorCode> = new Set([
  "upstream_timeout",
  "upstream_broken",
  "upstream_cut_off",
  "upstream_ended",
  "upstream_too_large",
  "upstream_answer_refused",
  "upstream_answer_foreign",
  "upstream_answer_missing",
  "upstream_list_malformed",
  "call_cancelled",
  "client_gone",
  "approval_running",
  "approval_result_lost",
  "task_cancelled",
  "task_interrupted",
  "task_answer_lost",
  "task_question_lost",
  "access_ended",
]);

/** The tool server's answer was there, and is withheld. */
const answered: ReadonlySet<ErrorCode> = new Set([
  "result_blocked",
  "result_undecided",
  "result_unreadable",
  "result_too_large",
  "answer_not_noted",
  "server_request_denied",
  "server_request_held",
  "server_request_undeclared",
]);

/** Whether a refusal withholds the answer of a call that was carried out. */
export function isWithheld({ code }: Refusal): boolean {
  return answered.has(code);
}

/** What the outcome record and the log say of an answer that could not be read. */
export function unreadDetail({ code, detail }: Refusal): { readonly detail?: string } {
  return code === "result_unreadable" && detail !== null ? { detail } : {};
}

function wasExecuted({ code }: Refusal): CallerError["executed"] {
  if (answered.has(code)) return true;
  return perhapsExecuted.has(code) ? null : false;
}

/** Nobody said no: sent again, the same call is a new question to people. */
const askedAnew: ReadonlySet<ErrorCode> = new Set(["approval_expired", "approval_cancelled"]);

function isTransient({ status, code }: Refusal): boolean {
  if (askedAnew.has(code)) return true;
  return transient.has(status) && !perhapsExecuted.has(code) && !answered.has(code) && !policyFaults.has(code);
}

export function errorOfRefusal(
  refusal: Refusal,
  decisionId: string,
  approval: CallerError["approval"] = null,
): CatalogueError {
  return {
    outcome: refusal.status >= 500 ? "error" : "deny",
    code: refusal.code,
    status: refusal.status,
    sentence: refusal.sentenceForCaller,
    reasons: refusal.reasons.map(({ code, message, rule }) => ({ code, message, rule })),
    retryable: isTransient(refusal),
    executed: wasExecuted(refusal),
    retryAfterS: refusal.retryAfterS,
    decisionId,
    approval,
    ...(refusal.link === null ? {} : { link: refusal.link }),
    ...(Object.keys(refusal.data).length === 0 ? {} : { data: refusal.data }),
  };
}

/**
 * A rule's deny is told with the rules' own words, the first reason first and about which tool or method; an indeterminate
 * decision with the catalogue's, so that the two cannot be confused.
 */
export function errorOfDecision(
  decision: Decision,
  { decisionId, call }: Pick<EvaluatedCall, "decisionId" | "call">,
): CallerError {
  const [first] = decision.reasons;
  if (decision.indeterminate === "redaction_denied") {
    const { reasons } = decision;
    const hint = first === undefined ? {} : { hint: first.message };
    return errorOfRefusal(new Refusal(decision.indeterminate, { reasons, ...hint }), decisionId);
  }
  if (decision.indeterminate !== null)
    return errorOfRefusal(new Refusal(decision.indeterminate, limitMet(decision)), decisionId);
  const about = call.resourceType === "tool" ? resourceId(call) : call.action;
  const message = first?.message ?? errorCatalogue.policy_denied.sentence;
  return {
    outcome: "deny",
    code: first?.code ?? "policy_denied",
    status: errorCatalogue.policy_denied.status,
    sentence: message.includes(about) ? message : `${about}: ${message}`,
    reasons: decision.reasons.map(({ code, message, rule }) => ({ code, message, rule })),
    retryable: false,
    executed: false,
    retryAfterS: null,
    decisionId,
    approval: null,
  };
}

/** Which limit a call meets is told, since another call may keep it. What other faults say is for operators. */
function limitMet({ indeterminate, detail }: Decision): { readonly hint?: string } {
  return indeterminate === "policy_input_too_large" && detail !== null ? { hint: detail } : {};
}

/** Text a model can act on: what, why, whether to try again, and a reference. */
export function textFor(error: CallerError): string {
  const head =
    error.outcome === "deny" && error.reasons.length > 0 ? `Blocked by policy: ${error.sentence}` : error.sentence;
  const stop = /[.!?)]$/.test(head) ? "" : ".";
  if (error.outcome !== "pending")
    return `${head}${stop}${others(error)} ${adviceFor(error)} Reference ${error.decisionId}.`;
  const until =
    error.approval === null
      ? ""
      : ` (${error.approval.id}, open until ${new Date(error.approval.expiresAt).toISOString()})`;
  return (
    `Waiting for human approval${until}: ${error.sentence}${stop} The call was not executed. ` +
    `Call the same tool again with exactly the same arguments after approval. Reference ${error.decisionId}.`
  );
}

/** A model reads no `_meta`, and would otherwise meet one reason after the other. */
function others({ reasons }: CallerError): string {
  const [, ...rest] = reasons;
  return rest.length === 0 ? "" : ` Also: ${rest.map(({ message }) => message).join("; ")}.`;
}

const carriedOut = "The call was carried out: do not send it again for its answer, which would be withheld again.";

const notNoted = "The call was carried out: do not send it again. Look at the tool server for what it did.";

const findOut = "Find out at the tool server what it did before you send it again.";

const mendPolicy = "Do not send it again: an operator has to mend the policy first.";

/** What a caller does best after an answer that is not the one it wanted. Where nothing is said, `retryable` decides. */
const steps: Partial<Record<ErrorCode, string>> = {
  approval_denied: "Do not send it again: the answer stays no for as long as the question would have been open.",
  ...Object.fromEntries(
    [...askedAnew].map((code) => [code, "Send it again if it is still wanted; people are then asked anew."]),
  ),
  approval_consumed: "Do not send it again before you know how the execution ended: look at the approval's address.",
  approval_running: "Wait, then send exactly the same request again to get its result.",
  approval_result_lost:
    "Find out at the tool server what it did; sent again, it is a new call, and people are asked anew.",
  approval_flood: "Wait until people have decided about the calls that are waiting, then send it again.",
  idempotency_reused: "Send another request under a new Idempotency-Key, or the first one again unchanged.",
  idempotency_busy: "Wait, then send the same request under the same Idempotency-Key again.",
  tasks_exhausted: "Ask about the open tasks or cancel some, then send it again.",
  task_cancelled: findOut,
  call_cancelled: findOut,
  task_interrupted: "Do not send it again before you know whether it was executed.",
  task_answer_lost: "Do not send it again.",
  task_question_lost: "Call the tool without a task, once you know whether it was executed.",
  encoding_refused: "Send it again without Content-Encoding, its body as it was before it was encoded.",
  mcp_session_unknown: "Begin one with initialize, then send it again there.",
  credential_missing: "Get an access token for this route, then send it again.",
  credential_scheme: "Send it again with the token under a scheme that is accepted.",
  credential_not_connected: "Have the person connect the account at the address given, then send it again.",
  token_invalid: "Get a valid token for this route, then send it again.",
  token_audience: "Get a token whose audience is this route, then send it again.",
  token_expired: "Get a new token, then send it again.",
  token_ended: "Sign in anew, then send it again.",
  ...Object.fromEntries([...policyFaults].map((code) => [code, mendPolicy])),
  ...Object.fromEntries([...answered].map((code) => [code, carriedOut])),
  answer_not_noted: notNoted,
  ...Object.fromEntries(
    [...perhapsExecuted].filter((code) => code.startsWith("upstream_")).map((code) => [code, findOut]),
  ),
  task_required: "Get a token of a task, then send it again with that.",
  task_foreign: "Do not send it again: ask whoever gives out the work for a task of your own.",
  task_closed: "Do not send it again: the work is over. Report what was done.",
  task_expired: "Do not send it again: ask whoever gave out the work for more time.",
  task_used_up: "Do not send it again: ask whoever gave out the work for a task with more of it.",
  task_busy: "Wait until a call of the task has ended, then send it again.",
  access_revoked: "Do not send it again: an operator has to give the access back first.",
  access_ended: findOut,
};

const later = "Send it again later.";
const never = "Do not send it again unchanged.";

/** One sentence, for problem details. */
export function nextStep(error: CallerError): string {
  return specific(error) ?? timed(error) ?? (error.retryable ? later : never);
}

/** The same for a model, which calls tools with arguments. */
function adviceFor(error: CallerError): string {
  const known = specific(error) ?? timed(error);
  return known ?? (error.retryable ? "You may try again later." : "Do not retry with the same arguments.");
}

function timed({ retryAfterS, code }: CallerError): string | undefined {
  if (retryAfterS === null) return undefined;
  const wait = retryAfterS === 1 ? "1 second" : `${retryAfterS} seconds`;
  return code === "loop_detected"
    ? `Do something else: this same call is refused for another ${wait}.`
    : `Wait ${wait}, then send it again.`;
}

function specific({ code, reasons, executed }: CallerError): string | undefined {
  return reasons.length === 0 || executed === true ? steps[code as ErrorCode] : undefined;
}

/** A call that people have not decided about, as its caller is told. `status` is for plain HTTP. */
export function errorOfPending(approval: Approval, status: number, decisionId: string, clock: Clock): CallerError {
  const left = Math.max(1, Math.ceil((approval.approve_by - clock.now()) / 1_000));
  return {
    outcome: "pending",
    code: "approval_pending",
    status,
    sentence: approval.reasons.map((reason) => reason.message).join("; "),
    reasons: approval.reasons.map(({ code, message, rule }) => ({ code, message, rule })),
    retryable: true,
    executed: false,
    retryAfterS: null,
    decisionId,
    approval: { id: approval.id, expiresAt: approval.approve_by, retryAfterS: Math.min(5, left) },
  };
}

/** A call that people, a clock or somebody else ended before it ran; the people's own reason is part of it. */
export function errorOfEnded(approval: Approval, decisionId: string): CatalogueError {
  const at = { id: approval.id, expiresAt: approval.approve_by };
  return errorOfRefusal(refusalOfEnded(approval), decisionId, at);
}

export function refusalOfEnded(approval: Approval): Refusal {
  if (approval.ended_by !== undefined) return notBegun(approval.ended_by);
  const reason = approval.votes.findLast((vote) => vote.vote === "deny")?.reason;
  switch (approval.state) {
    case "denied":
      return new Refusal("approval_denied", reason === null || reason === undefined ? {} : { hint: reason });
    case "expired":
      return new Refusal("approval_expired");
    case "released":
    case "delivered":
    case "failed":
    case "unknown":
      return new Refusal("approval_consumed");
    default:
      return new Refusal("approval_cancelled", approval.outcome === null ? {} : { hint: approval.outcome });
  }
}
