import type { Approval, VoteMethod } from "../domain/approval.ts";
import type { ApproverProof } from "../domain/decision.ts";
import { Refusal } from "../domain/errors.ts";
import type { Approver } from "../domain/ports.ts";

/** A passkey over the digest also proves that somebody is there now. */
const strength: Readonly<Record<VoteMethod, number>> = {
  token: 0,
  password: 0,
  oidc: 0,
  reauthenticated: 1,
  passkey: 2,
};

const wanted: Readonly<Record<ApproverProof, number>> = { session: 0, reauthenticated: 1, passkey: 2 };

/** @throws Refusal approval_step_up naming the proof that policy asks for */
export function assertProof({ requirement }: Approval, { method }: Approver): void {
  const proof = requirement.proof ?? "session";
  if (strength[method] < wanted[proof]) throw new Refusal("approval_step_up", { hint: proof });
}
