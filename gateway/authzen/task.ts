import type { Approval } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import type { JsonAnswer } from "../lib/json-answer.ts";
import { iso, wholeSeconds } from "./answer.ts";
import { basePath } from "./own-questions.ts";
import { boundIn, isOf } from "./presented-approval.ts";
import type { AuthzenDeps, EnforcementPoint } from "./deps.ts";
import { signApproval } from "./statements.ts";

/** What came of a task is told for so long. */
const keptMs = 24 * 3_600_000;

/** Seconds between two looks at a task. */
const pollEvery = 5;

export type TaskStatus = "pending" | "approved" | "denied" | "expired" | "cancelled";

/**
 * The item in the words of the profile. A task that was approved stays so unless somebody denies it before it is used: whether the approval still stands, and that it
 * was used, is for the re-evaluation to say.
 */
export function statusOf({ state, execute_by }: Pick<Approval, "state" | "execute_by">): TaskStatus {
  if (state === "held") return "pending";
  if (state === "denied") return "denied";
  if (execute_by !== null) return "approved";
  return state === "expired" ? state : "cancelled";
}

/** @throws Refusal arap_unknown_task for what is not this caller's, arap_task_expired */
export async function findTask(
  { holds, clock }: AuthzenDeps,
  { pep }: Pick<EnforcementPoint, "pep">,
  id: string,
): Promise<Approval> {
  const approval = await holds.get(id);
  if (approval === null || !isOf(approval, pep)) throw new Refusal("arap_unknown_task");
  if (approval.state !== "held" && clock.now() >= expiresAt(approval)) throw new Refusal("arap_task_expired");
  return approval;
}

export function taskHandle(
  { origin }: Pick<AuthzenDeps, "origin">,
  { isOwn }: Pick<EnforcementPoint, "isOwn">,
  approval: Approval,
): JsonObject {
  const url = `${origin()}${basePath(isOwn)}/requests/${approval.id}`;
  const status = statusOf(approval);
  return {
    id: approval.id,
    status,
    status_endpoint: url,
    expires_at: iso(expiresAt(approval)),
    display: { title: titles[status], description: approval.requirement.summary },
    ...(status === "pending" ? { links: { cancel: `${url}/cancel` } } : {}),
  };
}

/** The answer to a look at a task, and to the request that made it. */
export async function taskAnswer(
  deps: AuthzenDeps,
  caller: Pick<EnforcementPoint, "isOwn">,
  approval: Approval,
  status: number,
): Promise<JsonAnswer> {
  const pending = approval.state === "held";
  return {
    status,
    headers: pending ? { "Retry-After": String(pollEvery) } : {},
    body: {
      task: taskHandle(deps, caller, approval),
      ...(statusOf(approval) === "approved" ? { result: await resultOf(deps, approval) } : {}),
    },
  };
}

const titles: Readonly<Record<TaskStatus, string>> = {
  pending: "People are asked",
  approved: "Approved; evaluate again with the approval",
  denied: "A person refused this",
  expired: "Nobody decided in time",
  cancelled: "The request was withdrawn",
};

/** An open task ends by itself when nobody decides; an ended one is kept a while for whoever asks late. */
function expiresAt({ state, approve_by, resolved_at }: Approval): number {
  return state === "held" ? approve_by : (resolved_at ?? approve_by) + keptMs;
}

async function resultOf(deps: AuthzenDeps, approval: Approval): Promise<JsonObject> {
  const [first] = await deps.requests.ofTask(approval.id);
  const pep = approval.binding.beside["enforcement_point"] as { readonly issuer: string; readonly id: string };
  const until = wholeSeconds(approval.execute_by ?? 0);
  const evaluation = first?.evaluation ?? approval.decision_id;
  return {
    mode: "reevaluate",
    approval: {
      id: approval.id,
      approved_at: iso(approval.resolved_at ?? until),
      approved_until: iso(until),
      state: signApproval(deps, { evaluation, bound: boundIn(approval), pep, approvalId: approval.id, until }),
    },
  };
}
