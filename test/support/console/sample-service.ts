import type { Approval, ApprovalState } from "../../../gateway/domain/approval.ts";
import type { ApprovalService, Clock, Ids, People } from "../../../gateway/domain/ports.ts";
import type { Connection } from "../../../gateway/store/connection.ts";
import { testApprovals, type TestApprovalsOptions } from "../approvals/test-approvals.ts";

export interface SampleApprovals extends ApprovalService {
  /** Puts an item in as if it had gone its way already: held first, then its votes, then state by state. */
  add(approval: Approval): Promise<void>;
  /** Moves an item on as the gateway, not a person, would. */
  change(id: string, set: { readonly state: ApprovalState }): Promise<void>;
}

const ways: Partial<Record<ApprovalState, readonly ApprovalState[]>> = {
  held: [],
  approved: ["approved"],
  delivered: ["approved", "released", "delivered"],
  denied: ["denied"],
  expired: ["expired"],
};

/** The real room over the real store, with a door at the back for items that never came through the gateway. */
export function sampleApprovals(
  connection: Connection,
  around: { clock: Clock; ids: Ids; people: People } & Pick<TestApprovalsOptions, "minReviewTimeMs" | "budgetPerHour">,
) {
  const approvals = testApprovals({ connection, ...around });
  const { store, events, clock } = approvals;
  const service: SampleApprovals = {
    ...approvals.service,
    async add(approval) {
      await store.insert({ ...approval, state: "held", votes: [] });
      for (const vote of approval.votes) await store.addVote(approval.id, vote);
      let from: ApprovalState = "held";
      for (const to of ways[approval.state] ?? []) {
        const set = {
          resolved_at: approval.resolved_at ?? clock.now(),
          ...(approval.execute_by === null ? {} : { execute_by: approval.execute_by }),
          ...(approval.outcome === null ? {} : { outcome: approval.outcome }),
        };
        if (!(await store.move(approval.id, { from, to, set }, clock.now())))
          throw new Error(`sample ${approval.id}: not ${from}`);
        from = to;
      }
      await events.publish((await store.get(approval.id)) ?? approval);
    },
    async change(id, { state }) {
      const before = await store.get(id);
      const now = clock.now();
      if (before === null || !(await store.move(id, { from: before.state, to: state, set: { resolved_at: now } }, now)))
        throw new Error(`sample ${id}: cannot be ${state}`);
      await events.publish((await store.get(id)) ?? before);
    },
  };
  return { ...approvals, service };
}
