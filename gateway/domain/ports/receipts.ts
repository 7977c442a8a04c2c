import type { Approval } from "../approval.ts";
import type { ReleaseFacts } from "./approvals.ts";

/** Signed statements of how approvals ended (compact JWS, `typ: sallyport-approval+jwt`). */
export interface Receipts {
  /** Signs and keeps one for the item's state as it is. */
  issue(approval: Approval, release: ReleaseFacts | null): Promise<void>;
}

export interface ReceiptStore {
  add(approvalId: string, at: number, jws: string): Promise<void>;
  /** Oldest first. */
  of(approvalId: string): Promise<{ readonly at: number; readonly jws: string }[]>;
}

export interface ReceiptSigner {
  /** Of claims to a compact JWS; synchronous: a resolution is not told before its receipt exists. */
  sign(claims: object): string;
}
