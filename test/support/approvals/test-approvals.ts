import { attentionCounter } from "../../../gateway/approvals/attention.ts";
import { ApprovalEvents } from "../../../gateway/approvals/events.ts";
import { approvalService } from "../../../gateway/approvals/service.ts";
import { fatigue } from "../../../gateway/approvals/fatigue.ts";
import { grantService } from "../../../gateway/approvals/grants.ts";
import { holds } from "../../../gateway/approvals/holds.ts";
import type { ApprovalsDeps } from "../../../gateway/approvals/transition.ts";
import { receipts } from "../../../gateway/approvals/receipts.ts";
import type { Approver, Clock, HoldRequest, Ids, People } from "../../../gateway/domain/ports.ts";
import { approvalStore, receiptStore } from "../../../gateway/store/approvals.ts";
import { attentionStore } from "../../../gateway/store/attention.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { grantKeyStore, grantStore } from "../../../gateway/store/grants.ts";
import { processStore } from "../../../gateway/store/processes.ts";
import { binding, requirement, TestClock, testIds } from "../builders.ts";
import { quiet } from "../quiet.ts";

export interface TestApprovalsOptions {
  readonly connection?: Connection;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly people?: People;
  readonly process?: string;
  readonly perSubject?: number;
  readonly minReviewTimeMs?: number;
  readonly budgetPerHour?: number | null;
}

/** Whoever votes still has what the vote says. */
export const everybody: People = {
  current: async (id) => ({
    name: id,
    roles: ["payments-approver", "data-approver", "security", "a", "b"],
    teams: [],
    also: [],
  }),
};

/** The real room over a real store, signing receipts with nothing. */
export function testApprovals(options: TestApprovalsOptions = {}) {
  const connection = options.connection ?? new Connection(openDatabase(":memory:"));
  const clock = options.clock ?? new TestClock();
  const kept = receiptStore(connection);
  const signer = { sign: (claims: object) => JSON.stringify(claims) };
  const store = approvalStore(connection);
  const spent = attentionStore(connection);
  const attention = attentionCounter(spent, clock);
  const budgetPerHour = options.budgetPerHour ?? null;
  const approvals: ApprovalsDeps = {
    store,
    grants: grantStore(connection),
    keys: grantKeyStore(connection),
    processes: processStore(connection),
    people: options.people ?? everybody,
    receipts: receipts({ signer, store: kept, clock, issuer: "gw-1", note: () => undefined }),
    attention,
    clock,
    ids: options.ids ?? testIds(),
    events: new ApprovalEvents(quiet),
    process: options.process ?? "p_1",
  };
  const draining = new AbortController().signal;
  return {
    ...approvals,
    approvals,
    attention,
    kept,
    holds: holds({ ...approvals, perSubject: options.perSubject ?? 10, draining }),
    service: approvalService({
      ...approvals,
      minReviewTimeMs: options.minReviewTimeMs ?? 0,
      budget: { votes: spent, perHour: budgetPerHour },
    }),
    fatigue: fatigue({ store: spent, attention, clock, budgetPerHour }),
    grantService: grantService(approvals),
  };
}

export const approver: Approver = {
  id: "approver",
  name: "approver",
  roles: ["payments-approver"],
  teams: [],
  also: [],
  method: "password",
  evidence: null,
};

export function holdRequest(changes: Partial<HoldRequest> = {}): HoldRequest {
  return {
    binding: binding(),
    requirement,
    reasons: [],
    conditions: { labels: [], risk: null, revision: "r1" },
    context: {},
    decisionId: "d_1",
    idempotencyKey: null,
    replaces: null,
    ...changes,
  };
}
