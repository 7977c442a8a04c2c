import { type Approval, ended, stillAnswers } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { HoldRequest } from "../domain/ports.ts";
import { actionDigest, callDigest, requestDigest } from "./digests.ts";
import { atomically, move, type ApprovalsDeps } from "./transition.ts";

export interface OpenLimits {
  /** Open items one subject may have; a flood of cards is an attack on the people. */
  readonly perSubject: number;
}

/**
 * A call becomes an item, on disk before anybody is told. The same call attaches to the item that is open for it, also
 * when two processes are asked at the same moment: looking, counting and writing are one.
 */
export async function openItem(deps: ApprovalsDeps & OpenLimits, request: HoldRequest): Promise<Approval> {
  const open = await openFor(deps, request);
  if (open !== null) return open;
  return written(deps, request);
}

/**
 * Only an item of exactly this call can be attached to; what has changed since is another question to people. It may have
 * been answered since the call was judged: a second item would hide that answer, and the caller would wait for nobody.
 */
async function openFor({ store, clock }: ApprovalsDeps, { binding, replaces }: HoldRequest): Promise<Approval | null> {
  const latest = await store.findLatest(requestDigest(binding));
  if (latest === null || latest.id === replaces?.id || !stillAnswers(latest, clock.now())) return null;
  return latest.call_digest === callDigest(binding) ? latest : null;
}

async function written(deps: ApprovalsDeps & OpenLimits, request: HoldRequest): Promise<Approval> {
  const { store, clock, events } = deps;
  try {
    return await atomically(deps, async () => {
      const open = await openFor(deps, request);
      if (open !== null) return open;
      await replaceDrifted(deps, request);
      await assertNoFlood(deps, request);
      const opened = newItem(deps, request, clock.now());
      await store.insert(opened);
      await events.publish(opened);
      return opened;
    });
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal("holds_unavailable", { detail: String(cause), cause });
  }
}

async function replaceDrifted(deps: ApprovalsDeps, { replaces }: HoldRequest): Promise<void> {
  const old = replaces === null ? null : await deps.store.get(replaces.id);
  if (old === null || replaces === null) return;
  const what = replaces.changes.map((change) => change.what).join(", ");
  await move(deps, old, ended(old, "drifted", `changed since people were asked: ${what}`, deps.clock.now()));
}

async function assertNoFlood(
  { store, attention, perSubject }: ApprovalsDeps & OpenLimits,
  request: HoldRequest,
): Promise<void> {
  const { issuer, id } = request.binding.subject;
  if ((await store.countHeld(issuer, id)) < perSubject) return;
  attention.limitReached(
    "flood",
    id,
    request.reasons.map(({ rule }) => rule),
  );
  throw new Refusal("approval_flood", { hint: `at most ${perSubject} at once` });
}

function newItem({ ids }: ApprovalsDeps, request: HoldRequest, now: number): Approval {
  const { binding, requirement } = request;
  const seal = { nonce: ids.make("n"), created: now, approve_by: now + requirement.approve_within * 1_000 };
  return {
    id: ids.make("a"),
    request_digest: requestDigest(binding),
    call_digest: callDigest(binding),
    action_digest: actionDigest(binding, seal),
    binding,
    seal,
    conditions: request.conditions,
    requirement,
    reasons: request.reasons,
    context: request.context,
    decision_id: request.decisionId,
    revision: request.conditions.revision,
    idempotency_key: request.idempotencyKey,
    replaces: request.replaces,
    state: "held",
    votes: [],
    approve_by: seal.approve_by,
    claim: null,
    resolved_at: null,
    execute_by: null,
    consumed_at: null,
    outcome: null,
  };
}
