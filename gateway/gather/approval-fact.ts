import {
  type ActionBinding,
  type Approval,
  approvalFactOf,
  assertUnused,
  changesSince,
  grantFactOf,
  type ConditionsNow,
  noApproval,
  usedStates,
} from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { Facts } from "../domain/facts.ts";
import type { Holds, KeyedCall } from "../domain/ports.ts";
import type { Subject } from "../domain/subject.ts";
import type { Awaitable } from "../lib/awaitable.ts";

interface ApprovalQuestion {
  readonly subject: Subject;
  /** False when this caller has neither an approval nor a grant; null or absent when nobody has looked. */
  readonly anyLive?: boolean | null;
  readonly binding: () => ActionBinding;
  readonly conditions: ConditionsNow;
  /** The item that this caller waited for, or null. */
  readonly resumed: string | null;
  readonly idempotencyKey: string | null;
  /** Whether what came of a used approval is kept for a caller that repeats the call. */
  readonly isKept: (approvalId: string) => boolean;
}

const nobodyAsked: Answered = { approval: noApproval, drift: null, repeats: null };

type Answered = Pick<Facts, "approval" | "drift" | "repeats">;

/**
 * What people have said about exactly this call. When something has changed since they were asked, the fact is `none` and
 * the change goes to the next card; when the named item is about another call altogether, it is a mismatch.
 * @throws Refusal approval_consumed when another caller of the same call waited too and was first: were it judged as a
 * new call, people would be asked once more for what has just been done; idempotency_reused, idempotency_busy
 */
export function approvalFact(holds: Holds, asked: ApprovalQuestion, now: number): Awaitable<Answered> {
  const isNobodyAsked = asked.resumed === null && asked.idempotencyKey === null && asked.anyLive === false;
  return isNobodyAsked ? nobodyAsked : lookedUp(holds, asked, now);
}

async function lookedUp(holds: Holds, asked: ApprovalQuestion, now: number): Promise<Answered> {
  if (asked.resumed !== null) return ofNamed(holds, asked, asked.resumed, now);
  if (asked.idempotencyKey !== null) {
    const repeats = await usedUnder(holds, asked, { binding: asked.binding(), key: asked.idempotencyKey });
    if (repeats !== null) return { ...nobodyAsked, repeats };
  }
  if (asked.anyLive === false) return nobodyAsked;
  const found = await holds.forCall(asked.subject, asked.binding);
  if (found === null) return nobodyAsked;
  if (found.kind === "grant") return { ...nobodyAsked, approval: grantFactOf(found.grant, now) };
  return ofItem(found.approval, asked, now);
}

async function ofNamed(holds: Holds, asked: ApprovalQuestion, id: string, now: number): Promise<Answered> {
  const named = await holds.get(id);
  if (named === null || !holds.sameRequest(named, asked.binding()))
    return { ...nobodyAsked, approval: { ...noApproval, status: "mismatch", id } };
  if (usedStates.has(named.state)) {
    if (asked.isKept(id) && holds.sameCall(named, asked.binding())) return { ...nobodyAsked, repeats: id };
    throw new Refusal("approval_consumed");
  }
  return ofItem(named, asked, now);
}

function ofItem(approval: Approval, { binding, conditions }: ApprovalQuestion, now: number): Answered {
  const open = approval.state === "held" || approval.state === "approved";
  const changes = open ? changesSince(approval, binding(), conditions) : [];
  if (changes.length > 0) return { ...nobodyAsked, drift: { id: approval.id, changes } };
  return { ...nobodyAsked, approval: approvalFactOf(approval, now) };
}

/**
 * A key is known by the item that was held under it, or by the use of a grant that it took. Returns the item that this very
 * call used up, when what came of it is kept.
 */
async function usedUnder(holds: Holds, { isKept }: ApprovalQuestion, keyed: KeyedCall): Promise<string | null> {
  const earlier = await holds.forKey(keyed.binding, keyed.key);
  if (earlier !== null) {
    if (usedStates.has(earlier.state) && isKept(earlier.id) && holds.sameCall(earlier, keyed.binding))
      return earlier.id;
    const same = holds.sameRequest(earlier, keyed.binding);
    if (!same || usedStates.has(earlier.state))
      assertUnused({ same, busy: earlier.state === "released" }, { Location: `/approvals/${earlier.id}` });
  }
  assertUnused(await holds.keyUse(keyed));
  return null;
}

/**
 * Keeps back the refusal of a call whose Idempotency-Key belongs to another one. That is known for certain only of a call that is sent as
 * it is: the key of one whose arguments are redacted belongs to what was sent.
 */
export class KeyConflict {
  refusal: Refusal | null = null;

  /** @throws whatever else was thrown */
  readonly defer = (thrown: unknown): Answered => {
    if (!(thrown instanceof Refusal) || !conflicts.has(thrown.code)) throw thrown;
    this.refusal = thrown;
    return nobodyAsked;
  };
}

const conflicts: ReadonlySet<string> = new Set(["idempotency_reused", "idempotency_busy"]);
