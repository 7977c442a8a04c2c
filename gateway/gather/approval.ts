import {
  type ActionBinding,
  type Approval,
  approvalFactOf,
  assertUnused,
  changesSince,
  grantFactOf,
  type HoldConditions,
  noApproval,
  usedStates,
} from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { Facts } from "../domain/facts.ts";
import type { Holds, KeyedCall } from "../domain/ports.ts";
import type { Subject } from "../domain/subject.ts";

export interface AskedCall {
  readonly subject: Subject;
  readonly binding: () => ActionBinding;
  readonly conditions: HoldConditions;
  /** The item that this caller waited for, or null. */
  readonly resumed: string | null;
  readonly idempotencyKey: string | null;
}

type Answered = Pick<Facts, "approval" | "drift">;

/**
 * What people have said about exactly this call. When something has changed since they were asked, the fact is `none` and
 * the change goes to the next card; when the named item is about another call altogether, it is a mismatch.
 * @throws Refusal approval_consumed when another caller of the same call waited too and was first: were it judged as a
 * new call, people would be asked once more for what has just been done; idempotency_reused, idempotency_busy
 */
export function approvalFact(holds: Holds, asked: AskedCall, now: number): Answered {
  if (asked.resumed !== null) return ofNamed(holds, asked, asked.resumed, now);
  if (asked.idempotencyKey !== null) assertKey(holds, { binding: asked.binding(), key: asked.idempotencyKey });
  const found = holds.forCall(asked.subject, asked.binding);
  if (found === null) return { approval: noApproval, drift: null };
  if (found.kind === "grant") return { approval: grantFactOf(found.grant, now), drift: null };
  return ofItem(found.approval, asked, now);
}

function ofNamed(holds: Holds, asked: AskedCall, id: string, now: number): Answered {
  const named = holds.get(id);
  if (named === null || !holds.sameRequest(named, asked.binding()))
    return { approval: { ...noApproval, status: "mismatch", id }, drift: null };
  if (usedStates.has(named.state)) throw new Refusal("approval_consumed");
  return ofItem(named, asked, now);
}

function ofItem(approval: Approval, { binding, conditions }: AskedCall, now: number): Answered {
  const open = approval.state === "held" || approval.state === "approved";
  const changes = open ? changesSince(approval, binding(), conditions) : [];
  if (changes.length > 0) return { approval: noApproval, drift: { id: approval.id, changes } };
  return { approval: approvalFactOf(approval, now), drift: null };
}

/** A key is known by the item that was held under it, or by the use of a grant that it took. */
function assertKey(holds: Holds, keyed: KeyedCall): void {
  const earlier = holds.forKey(keyed.binding, keyed.key);
  if (earlier !== null) {
    const same = holds.sameRequest(earlier, keyed.binding);
    if (!same || usedStates.has(earlier.state))
      assertUnused({ same, busy: earlier.state === "released" }, { Location: `/approvals/${earlier.id}` });
  }
  assertUnused(holds.keyUse(keyed));
}
