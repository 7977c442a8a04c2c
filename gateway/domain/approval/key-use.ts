import { Refusal } from "../errors.ts";

/** What is known of an Idempotency-Key of one caller on one route: the call that went through under it. */
export interface KeyUse {
  /** Whether it was the call that is asked about. */
  readonly same: boolean;
  readonly busy: boolean;
}

/**
 * One key, one payload; what is under way is not begun again, and what was executed is not executed once more
 * (draft-ietf-httpapi-idempotency-key-header §2.6).
 * @throws Refusal idempotency_reused, idempotency_busy, approval_consumed
 */
export function assertUnused(use: KeyUse | null, headers: Readonly<Record<string, string>> = {}): void {
  if (use === null) return;
  if (!use.same) throw new Refusal("idempotency_reused");
  throw new Refusal(use.busy ? "idempotency_busy" : "approval_consumed", { headers });
}
