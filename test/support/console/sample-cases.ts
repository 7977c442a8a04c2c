/** Held calls with one thing about them each. */
import type { Approval, Change } from "../../../gateway/domain/approval.ts";
import type { GrantScope } from "../../../gateway/domain/decision.ts";
import { refundContext, sampleApproval } from "./sample-approvals.ts";

const minute = 60_000;

/** Can be undone, so it can be decided together with others. */
export function undoable(id: string, created: number, summary = `Tag order ${id}`): Approval {
  return sampleApproval({
    id,
    created,
    binding: {
      tool: "payments/tag_order",
      reversible: true,
      sensitivity: "low",
      arguments: { order_id: id, tag: "vip" },
    },
    requirement: { summary },
    context: { ...refundContext, catalog: { sensitivity: "low", reversible: true, sink: "internal", labels: [] } },
  });
}

export const changes: readonly Change[] = [
  { what: "definition_digest", before: `sha256:${"7d".repeat(32)}`, after: `sha256:${"e1".repeat(32)}` },
  { what: "origin", before: "http://127.0.0.1:9101", after: "http://127.0.0.1:9666" },
  { what: "labels", before: ["read:orders"], after: ["read:orders", "seen:pii"] },
  { what: "risk", before: 12, after: 71 },
  {
    what: "policy",
    before: { require: [{ role: "payments-approver", count: 1 }], justification: false },
    after: { require: [{ role: "payments-approver", count: 2 }], justification: false },
  },
];

/** People were asked about it before, and something has changed since. */
export function askedAgain(id: string, created: number): Approval {
  return sampleApproval({
    id,
    created,
    requirement: { summary: "Refund 310.00 EUR for order 700" },
    set: { replaces: { id: "a_refund_512", changes } },
  });
}

/** Needs two people, one of them of another team. */
export function twoPeople(id: string, created: number): Approval {
  return sampleApproval({
    id,
    created,
    requirement: {
      summary: "Refund 480.00 EUR for order 900",
      require: [
        { role: "payments-approver", count: 1 },
        { role: "payments-approver", count: 1, outside_team: "support" },
      ],
    },
  });
}

export const sessionScope: GrantScope = { kind: "session", uses: 20, seconds: 3_600, same: ["/order_id"] };

/** May be approved for further calls too. */
export function scoped(id: string, created: number, scope: GrantScope = sessionScope): Approval {
  return sampleApproval({
    id,
    created,
    binding: { reversible: true },
    requirement: { summary: "Read the orders of customer C-1009", scope },
  });
}

/** Less than a minute before the time to decide is up. */
export function lastMinute(id: string, now: number): Approval {
  return sampleApproval({
    id,
    created: now - 14 * minute - 5_000,
    requirement: { summary: "Refund 15.00 EUR for order 44" },
  });
}
