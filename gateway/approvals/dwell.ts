import type { Approval } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { Approver } from "../domain/ports.ts";
import type { Office } from "./office.ts";

export interface DwellOptions extends Pick<Office, "store" | "clock" | "attention"> {
  /** How long an approver must have had the card of an irreversible call open before approving it, in milliseconds. */
  readonly dwellMs: number;
}

/** When this approver may approve it, in milliseconds since the epoch; null when nothing makes them wait. */
export function approvableFrom(
  { store, clock, dwellMs }: DwellOptions,
  approval: Approval,
  approver: Approver,
): number | null {
  if (approval.state !== "held" || approval.binding.reversible === true) return null;
  const now = clock.now();
  const from = store.firstSeen(approval.id, approver.id, now) + dwellMs;
  return from > now ? from : null;
}

/**
 * What cannot be undone is looked at first; a click that comes sooner than anybody can read is none.
 * @throws Refusal approval_too_fast
 */
export function assertDwell(options: DwellOptions, approval: Approval, approver: Approver): void {
  const from = approvableFrom(options, approval, approver);
  if (from === null) return;
  const rules = approval.reasons.map(({ rule }) => rule);
  options.attention.spared("too_fast", approver.name, rules);
  throw new Refusal("approval_too_fast", { hint: `in ${Math.ceil((from - options.clock.now()) / 1_000)} s` });
}
