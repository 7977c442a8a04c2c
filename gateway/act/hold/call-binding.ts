import type { ActionBinding } from "../../domain/approval.ts";
import { actionBinding } from "../../domain/binding.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import type { KeyedCall } from "../../domain/ports.ts";

/** What an approval of this call would be about. */
export function bindingOf({ call, subject, facts }: EvaluatedCall): ActionBinding {
  return actionBinding(call, subject, { ...facts, instance: facts.gateway.instance });
}

/** Of a call that a grant covers and that has an Idempotency-Key; the key of any other is kept with its approval. */
export function keyedByGrant(evaluated: EvaluatedCall): KeyedCall | null {
  const { call, facts } = evaluated;
  if (call.idempotencyKey === null || facts.approval.grant === null) return null;
  return { binding: bindingOf(evaluated), key: call.idempotencyKey };
}
