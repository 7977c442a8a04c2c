import { approved, type ApprovalStores, heldItem, voteOf } from "./approval-items.ts";
import type { Shared } from "./shared.ts";

const hour = 3_600_000;

/** What every store of what people's attention is spent on promises. */
export function describeAttention(make: () => Promise<Shared<ApprovalStores>>): void {
  describe("a store of votes and refusals", () => {
    let shared: Shared<ApprovalStores>;
    beforeEach(async () => (shared = await make()));
    afterEach(() => shared.close());
    const flood = { kind: "flood", who: "bot", rule: "payments/refund", times: 1 } as const;

    it("has each vote with what asked for it, the newest first, as many as wanted", async () => {
      const { approvals, attention } = shared.store;
      await approvals.insert(heldItem("a_1"));
      await approvals.addVote("a_1", voteOf("id-ann", 10, { approver: "Ann", seen_ms: 1_500 }));
      await approvals.addVote("a_1", voteOf("id-bob", 20, { approver: "Bob", vote: "deny" }));
      const bob = { approver: "id-bob", name: "Bob", vote: "deny", at: 20, seen_ms: null, rules: ["payments/refund"] };
      expect(await attention.votesSince(0, 9)).toEqual([
        bob,
        { approver: "id-ann", name: "Ann", vote: "approve", at: 10, seen_ms: 1_500, rules: ["payments/refund"] },
      ]);
      expect(await attention.votesSince(10, 9)).toEqual([bob]);
      expect(await attention.votesSince(0, 1)).toEqual([bob]);
    });

    it("has both votes of one who denies what they had approved, each once", async () => {
      const { approvals, attention } = shared.store;
      await approvals.insert(heldItem("a_1"));
      await approvals.addVote("a_1", voteOf("id-ann", 10, { approver: "Ann" }));
      await approvals.addVote("a_1", voteOf("id-bob", 20, { approver: "Bob" }));
      await approvals.move("a_1", approved(20), 20);
      await approvals.addVote("a_1", voteOf("id-ann", 30, { approver: "Ann", vote: "deny" }));
      const votes = (await attention.votesSince(0, 9)).map(({ name, vote, at }) => [name, vote, at]);
      expect(votes).toEqual([
        ["Ann", "deny", 30],
        ["Bob", "approve", 20],
        ["Ann", "approve", 10],
      ]);
      expect(await attention.approvalsBetween("id-ann", 0, 99)).toBe(1);
    });

    it("has no vote that was undone with its transaction", async () => {
      const { approvals, attention } = shared.store;
      await approvals.insert(heldItem("a_1"));
      const undone = approvals.atomically(async () => {
        await approvals.addVote("a_1", voteOf("ann", 10));
        throw new Error("undone");
      });
      await expect(undone).rejects.toThrow("undone");
      expect(await attention.votesSince(0, 9)).toEqual([]);
    });

    it("counts what one person approved after one moment and until another", async () => {
      const { approvals, attention } = shared.store;
      for (const [at, vote] of ["approve", "approve", "deny"].entries()) {
        await approvals.insert(heldItem(`a_${at}`));
        await approvals.addVote(`a_${at}`, voteOf("ann", at, { vote: vote as "approve" }));
        await approvals.move(`a_${at}`, approved(at), at);
      }
      expect(await attention.approvalsBetween("ann", -1, 9)).toBe(2);
      expect(await attention.approvalsBetween("ann", 0, 1)).toBe(1);
      expect(await attention.approvalsBetween("ann", -1, 0)).toBe(1);
      expect(await attention.approvalsBetween("bob", -1, 9)).toBe(0);
    });

    it("adds refusals up by the hour, of all processes, and forgets old ones", async () => {
      const { attention } = shared.store;
      const other = await shared.again();
      await attention.addAttentionLimits([flood, { ...flood, who: "other" }], 10, 0);
      await other.store.attention.addAttentionLimits([{ ...flood, times: 2 }], 20, 0);
      await attention.addAttentionLimits([flood], 2 * hour + 5, 0);
      const found = await attention.attentionLimitsSince(hour / 2);
      expect(found.toSorted((a, b) => a.times - b.times)).toEqual([
        { ...flood, who: "other", last: 0 },
        { ...flood, times: 4, last: 2 * hour },
      ]);
      await attention.addAttentionLimits([], 2 * hour, hour);
      expect(await attention.attentionLimitsSince(0)).toEqual([{ ...flood, last: 2 * hour }]);
      await other.close();
    });
  });
}
