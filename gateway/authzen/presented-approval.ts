import {
  type ActionBinding,
  type Approval,
  approvalFactOf,
  changesSince,
  grantFactOf,
  type ConditionsNow,
  noApproval,
} from "../domain/approval.ts";
import type { Facts } from "../domain/facts.ts";
import { isJsonObject, type JsonValue } from "../lib/json.ts";
import type { Subject } from "../domain/subject.ts";
import type { DelegatedQuestion } from "./delegated-call.ts";
import { bindingHash, type Bound } from "./bound.ts";
import type { QuestionDeps } from "./deps.ts";
import { readApproval } from "./statements.ts";

/** Why an approval that was presented does not count ("Re-evaluation Denial Reason" of the profile). */
export type ReferenceFailure = "approval_expired" | "out_of_scope" | "grant_pending" | "approval_unverifiable";

/** What a question says of an approval, as far as it could be verified. */
export type Reference =
  | { readonly kind: "absent" }
  | { readonly kind: "approved"; readonly approval: Approval }
  | { readonly kind: "failed"; readonly failure: ReferenceFailure };

const absent: Reference = { kind: "absent" };

/**
 * Verifies `context.approval`: signed here, for this enforcement point, about exactly this question, and still standing in
 * the store. Neither its id nor its state is a permission by itself.
 */
export async function verifyReference(
  deps: QuestionDeps,
  presented: JsonValue | undefined,
  { bound }: Pick<DelegatedQuestion, "bound">,
  pep: Subject,
): Promise<Reference> {
  if (presented === undefined) return absent;
  if (!isJsonObject(presented) || typeof presented["id"] !== "string") return failed("approval_unverifiable");
  const approval = await deps.holds.get(presented["id"]);
  if (approval === null || !isOf(approval, pep)) return failed("approval_unverifiable");
  if (approval.state === "held" && presented["state"] === undefined)
    return failed(inScope(approval, bound) ? "grant_pending" : "out_of_scope");
  return verifyState(deps, presented["state"], approval, { bound, pep });
}

function verifyState(
  deps: QuestionDeps,
  state: JsonValue | undefined,
  approval: Approval,
  { bound, pep }: { readonly bound: Bound; readonly pep: Subject },
): Reference {
  const claims = typeof state === "string" ? readApproval(deps, state) : null;
  if (claims === null || claims.approval_id !== approval.id) return failed("approval_unverifiable");
  if (claims.pep.iss !== pep.issuer || claims.pep.sub !== pep.id) return failed("approval_unverifiable");
  if (claims.binding_hash !== bindingHash(bound) || !inScope(approval, bound)) return failed("out_of_scope");
  if (deps.clock.now() >= claims.exp * 1_000 || approval.state !== "approved") return failed("approval_expired");
  return { kind: "approved", approval };
}

/** The enforcement point that asked for it; to anybody else it does not exist. */
export function isOf({ binding }: Approval, { issuer, id }: Pick<Subject, "issuer" | "id">): boolean {
  const asker = binding.beside["enforcement_point"];
  return binding.protocol === "authzen" && isJsonObject(asker) && asker["issuer"] === issuer && asker["id"] === id;
}

function inScope(approval: Approval, bound: Bound): boolean {
  return bindingHash(boundIn(approval)) === bindingHash(bound);
}

export function boundIn({ binding }: Approval): Bound {
  return binding.arguments as unknown as Bound;
}

function failed(failure: ReferenceFailure): Reference {
  return { kind: "failed", failure };
}

export interface Answered extends Pick<Facts, "approval" | "drift"> {
  readonly failure: ReferenceFailure | null;
}

/**
 * The approval as a fact. What does not stand counts as if nothing had been presented, as the profile wants it, but for what
 * could not be verified: that is a mismatch, and policy may say so.
 */
export async function approvalOf(
  deps: Pick<QuestionDeps, "holds">,
  reference: Reference,
  call: { readonly subject: Subject; readonly binding: ActionBinding; readonly conditions: ConditionsNow },
  now: number,
): Promise<Answered> {
  if (reference.kind === "approved") {
    const changes = changesSince(reference.approval, call.binding, call.conditions);
    if (changes.length === 0) return { approval: approvalFactOf(reference.approval, now), drift: null, failure: null };
    return { approval: noApproval, drift: { id: reference.approval.id, changes }, failure: "approval_expired" };
  }
  const failure = reference.kind === "failed" ? reference.failure : null;
  if (failure === "approval_unverifiable")
    return { approval: { ...noApproval, status: "mismatch" }, drift: null, failure };
  return { ...(await unpresented(deps, call, now)), failure };
}

/** A grant needs no reference; an approval does, so one that stands is not yet a fact of this question. */
async function unpresented(
  { holds }: Pick<QuestionDeps, "holds">,
  { subject, binding, conditions }: Parameters<typeof approvalOf>[2],
  now: number,
): Promise<Pick<Facts, "approval" | "drift">> {
  const found = await holds.forCall(subject, () => binding);
  if (found === null) return { approval: noApproval, drift: null };
  if (found.kind === "grant") return { approval: grantFactOf(found.grant, now), drift: null };
  const { approval } = found;
  const changes = approval.state === "denied" ? [] : changesSince(approval, binding, conditions);
  if (changes.length > 0) return { approval: noApproval, drift: { id: approval.id, changes } };
  return { approval: approval.state === "approved" ? noApproval : approvalFactOf(approval, now), drift: null };
}
