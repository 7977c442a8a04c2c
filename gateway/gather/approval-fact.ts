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

/** Which approval is looked for. */
interface ApprovalQuestion {
  readonly subject: Subject;
  /** False when this caller has neither an approval nor a grant; null or absent when nobody has looked. */
  readonly anyLive?: boolean | null;
  readonly binding: () => ActionBinding;
  readonly conditions: ConditionsNow;
  /** The item that this caller waited for, or null. */
  readonly resumed: string | null;
  readonly idempotencyKey: string | null;
  /** Whether the result of the call that used this approval is stored, for a caller that repeats the call. */
  readonly hasResult: (approvalId: string) => boolean;
}

type ApprovalAnswer = Pick<Facts, "approval" | "drift" | "repeats">;

const noAnswer: ApprovalAnswer = { approval: noApproval, drift: null, repeats: null };

/**
 * The decision of people about exactly this call. When something has changed since they were asked, the fact is `none` and
 * the change is shown on the next card; when the caller waited for an item about another call, the fact is `mismatch`.
 * @throws Refusal approval_consumed when another caller waited for the same item and has used it up: judged as a new call, it would
 * make people decide again about what has just been done; idempotency_reused, idempotency_busy
 */
export function approvalFact(holds: Holds, question: ApprovalQuestion, now: number): Awaitable<ApprovalAnswer> {
  const isNothingToFind = question.resumed === null && question.idempotencyKey === null && question.anyLive === false;
  return isNothingToFind ? noAnswer : lookUp(holds, question, now);
}

async function lookUp(holds: Holds, question: ApprovalQuestion, now: number): Promise<ApprovalAnswer> {
  if (question.resumed !== null) return answerOfResumed(holds, question, question.resumed, now);
  if (question.idempotencyKey !== null) {
    const repeats = await usedUnderKey(holds, question, { binding: question.binding(), key: question.idempotencyKey });
    if (repeats !== null) return { ...noAnswer, repeats };
  }
  if (question.anyLive === false) return noAnswer;
  const found = await holds.forCall(question.subject, question.binding);
  if (found === null) return noAnswer;
  if (found.kind === "grant") return { ...noAnswer, approval: grantFactOf(found.grant, now) };
  return answerOfItem(found.approval, question, now);
}

async function answerOfResumed(
  holds: Holds,
  question: ApprovalQuestion,
  id: string,
  now: number,
): Promise<ApprovalAnswer> {
  const named = await holds.get(id);
  if (named === null || !holds.sameRequest(named, question.binding()))
    return { ...noAnswer, approval: { ...noApproval, status: "mismatch", id } };
  if (usedStates.has(named.state)) {
    if (question.hasResult(id) && holds.sameCall(named, question.binding())) return { ...noAnswer, repeats: id };
    throw new Refusal("approval_consumed");
  }
  return answerOfItem(named, question, now);
}

function answerOfItem(approval: Approval, { binding, conditions }: ApprovalQuestion, now: number): ApprovalAnswer {
  const open = approval.state === "held" || approval.state === "approved";
  const changes = open ? changesSince(approval, binding(), conditions) : [];
  if (changes.length > 0) return { ...noAnswer, drift: { id: approval.id, changes } };
  return { ...noAnswer, approval: approvalFactOf(approval, now) };
}

/**
 * The item that this call has used up under its Idempotency-Key, when its result is stored; else null. An earlier use of a key is found
 * by the item that was held under it, or by the use of a grant.
 * @throws Refusal idempotency_reused, idempotency_busy
 */
async function usedUnderKey(holds: Holds, { hasResult }: ApprovalQuestion, keyed: KeyedCall): Promise<string | null> {
  const earlier = await holds.forKey(keyed.binding, keyed.key);
  if (earlier !== null) {
    if (usedStates.has(earlier.state) && hasResult(earlier.id) && holds.sameCall(earlier, keyed.binding))
      return earlier.id;
    const same = holds.sameRequest(earlier, keyed.binding);
    if (!same || usedStates.has(earlier.state))
      assertUnused({ same, busy: earlier.state === "released" }, { Location: `/approvals/${earlier.id}` });
  }
  assertUnused(await holds.keyUse(keyed));
  return null;
}

/**
 * Defers the refusal of a call whose Idempotency-Key belongs to another call. It counts only when the call is sent unchanged: where
 * arguments are redacted, the key belongs to the changed call, which is looked up by itself.
 */
export class KeyConflict {
  refusal: Refusal | null = null;

  /** For `catch`: any other failure is thrown again. */
  readonly defer = (thrown: unknown): ApprovalAnswer => {
    if (!(thrown instanceof Refusal) || !conflicts.has(thrown.code)) throw thrown;
    this.refusal = thrown;
    return noAnswer;
  };
}

const conflicts: ReadonlySet<string> = new Set(["idempotency_reused", "idempotency_busy"]);
