import type { ReceiptClaims } from "../../approvals/receipts.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { AuditReport } from "../../record/audit/audit-report.ts";
import type { EvidencePack } from "../../record/audit/evidence-pack.ts";
import type { ReceiptKeys, ReceiptReading } from "./receipt-check.ts";

/** The report as JSON. */
export interface Report extends Omit<EvidencePack, "receipts"> {
  /** The whole log holds, and every receipt in it. */
  readonly ok: boolean;
  readonly made_at: string;
  readonly receipt_keys: ReceiptKeys;
  readonly approvals: readonly ReportedApproval[];
  /** What `audit verify` says of the log. */
  readonly log: AuditReport;
}

/** A held call and every receipt of it within the time of the report. */
interface ReportedApproval {
  readonly approval: string;
  readonly receipts: readonly ReportedReceipt[];
}

interface ReportedReceipt {
  readonly at: string;
  /** The key that signs it; absent when it does not hold. */
  readonly kid?: string;
  /** Why it does not hold; null when it does. */
  readonly problem: string | null;
  /** What it states: state, tool, digests, votes; null when it does not hold. */
  readonly claims: ReceiptClaims | null;
  /** Compact JWS, and the key that the log has with it. */
  readonly jws: string;
  readonly key: JsonObject[string];
}

/** In the order of their first receipts. */
export function reportedApprovals(
  records: readonly JsonObject[],
  read: (record: JsonObject) => ReceiptReading,
): ReportedApproval[] {
  const found = new Map<string, ReportedReceipt[]>();
  for (const record of records) {
    const approval = String(record["approval_id"]);
    const receipts = found.get(approval) ?? [];
    receipts.push({
      at: String(record["timestamp"]),
      ...read(record),
      jws: String(record["jws"]),
      key: record["key"] ?? null,
    });
    found.set(approval, receipts);
  }
  return [...found].map(([approval, receipts]) => ({ approval, receipts }));
}

/** What the keys of receipts are good for. */
export function receiptKeysText({ receipt_keys: keys }: Report): string {
  return keys === "given"
    ? "checked with the keys that were given"
    : "checked with the key that each names, which is as good as the log; see --approval-keys";
}

/** Of a log that is written, or whose gateway was killed. */
export function uncoveredText({ log: { uncovered } }: Report): string {
  return `lines behind the newest checkpoint: ${uncovered}; nothing proves who wrote them, and none is in this report`;
}
