import { type Approval, ended } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { HoldRequest } from "../domain/ports.ts";
import { actionDigest, callDigest, requestDigest } from "./digests.ts";
import { asOfNow, atomically, find, move, type Office } from "./office.ts";

export interface OpenLimits {
  /** Open items one subject may have; a flood of cards is an attack on the people. */
  readonly perSubject: number;
}

/** A call becomes an item, on disk before anybody is told. The same call attaches to the item that is open for it. */
export function openItem(office: Office & OpenLimits, request: HoldRequest): Approval {
  const open = openFor(office, request);
  if (open !== null) return open;
  const { store, clock, perSubject } = office;
  const { issuer, id } = request.binding.subject;
  const approval = newItem(office, request, clock.now());
  atomically(office, () => {
    replaceDrifted(office, request);
    if (store.countHeld(issuer, id) >= perSubject) throw flood(office, request);
    insert(office, approval);
    office.bell.ring(approval);
  });
  return approval;
}

function flood({ attention, perSubject }: Office & OpenLimits, { binding, reasons }: HoldRequest): Refusal {
  const rules = reasons.map(({ rule }) => rule);
  attention.spared("flood", binding.subject.id, rules);
  return new Refusal("approval_flood", { hint: `at most ${perSubject} at once` });
}

/** Only a held item of exactly this call can be attached to; what has changed since is another question to people. */
function openFor(office: Office, { binding, replaces }: HoldRequest): Approval | null {
  const latest = office.store.findLatest(requestDigest(binding));
  const open = latest === null ? null : asOfNow(office, latest);
  if (open?.state !== "held" || open.id === replaces?.id) return null;
  return open.call_digest === callDigest(binding) ? open : null;
}

function replaceDrifted(office: Office, { replaces }: HoldRequest): void {
  const old = replaces === null ? null : find(office, replaces.id);
  if (old === null || replaces === null) return;
  const what = replaces.changes.map((change) => change.what).join(", ");
  move(office, old, ended(old, "drifted", `changed since people were asked: ${what}`, office.clock.now()));
}

function newItem({ ids }: Office, request: HoldRequest, now: number): Approval {
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

function insert({ store }: Office, approval: Approval): void {
  try {
    store.insert(approval);
  } catch (cause) {
    throw new Refusal("holds_unavailable", { detail: String(cause), cause });
  }
}
