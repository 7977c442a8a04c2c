import type { Approval } from "../../../gateway/domain/approval.ts";
import type { ApprovalFilter, ApprovalStore } from "../../../gateway/domain/ports.ts";
import { binding, requirement, subject, toolCall } from "../builders.ts";
import { approved, caller, heldItem, type ApprovalStores, released, voteOf } from "./approval-items.ts";
import type { Shared } from "./shared.ts";

const minute = 60_000;

/** What every store of approvals promises of the items that it finds and lists. */
export function describeApprovalLists(make: () => Promise<Shared<ApprovalStores>>): void {
  describe("items that a store of approvals finds", () => {
    let shared: Shared<ApprovalStores>;
    let store: ApprovalStore;
    beforeEach(async () => {
      shared = await make();
      store = shared.store.approvals;
    });
    afterEach(() => shared.close());
    const hold = (id: string, changes: Partial<Approval> = {}) => store.insert(heldItem(id, changes));
    const created = (id: string, at: number) => hold(id, { seal: { nonce: id, created: at, approve_by: 1_000 } });
    const listed = async (filter: Partial<ApprovalFilter>) =>
      idsOf(await store.list({ states: ["held"], limit: 9, ...filter }));
    const idsOf = (items: readonly Approval[]) => items.map(({ id }) => id);

    it("are as they were held", async () => {
      const item = heldItem("a_1", { context: { agent: { id: "bot" } }, idempotency_key: "k" });
      await store.insert(item);
      expect(await store.get("a_1")).toEqual(item);
      expect(await store.get("a_2")).toBeNull();
    });

    it("are the newest for a request, in any state", async () => {
      await hold("a_1", { request_digest: "same" });
      await hold("a_2", { request_digest: "same" });
      await store.move("a_2", { from: "held", to: "denied", set: {} }, 1);
      await hold("a_3", { request_digest: "other" });
      expect((await store.findLatest("same"))?.id).toBe("a_2");
      expect(await store.findLatest("none")).toBeNull();
    });

    it("are the newest under a key of one caller on one route", async () => {
      const { issuer, id } = caller;
      const { route } = binding();
      await hold("a_1", { idempotency_key: "k" });
      await hold("a_2", { idempotency_key: "k" });
      await hold("a_3", { idempotency_key: "k", binding: binding(toolCall(), subject({ issuer, id: "other" })) });
      expect((await store.findByKey(issuer, id, route, "k"))?.id).toBe("a_2");
      const strangers = [
        store.findByKey(issuer, id, route, "l"),
        store.findByKey(issuer, id, "elsewhere", "k"),
        store.findByKey("https://b", id, route, "k"),
      ];
      expect(await Promise.all(strangers)).toEqual([null, null, null]);
    });

    it("are counted: one caller's that wait, all that wait, and those that are approved and have not run", async () => {
      for (const id of ["a_1", "a_2", "a_3"]) await hold(id);
      await hold("a_4", { binding: binding(toolCall(), subject({ ...caller, id: "other" })) });
      await store.move("a_1", approved(1), 1);
      await store.move("a_2", { from: "held", to: "denied", set: {} }, 1);
      expect([await store.countHeld(caller.issuer, caller.id), await store.countAllHeld()]).toEqual([1, 2]);
      expect(await store.countOpen()).toEqual({ held: 2, approved: 1 });
    });

    it("are as old as the oldest that waits", async () => {
      expect(await store.oldestHeld()).toBeNull();
      await created("a_1", 10);
      await created("a_2", 20);
      expect(await store.oldestHeld()).toBe(10);
      await store.move("a_1", approved(1), 1);
      expect(await store.oldestHeld()).toBe(20);
    });

    it("are of the wanted states, the newest first, and those behind a moment", async () => {
      await created("a_1", 10);
      await created("a_2", 20);
      await created("a_3", 30);
      await store.move("a_2", approved(1), 1);
      expect(await listed({})).toEqual(["a_3", "a_1"]);
      expect(await listed({ states: ["held", "approved"], from: 30 })).toEqual(["a_2", "a_1"]);
      expect(await listed({ limit: 1 })).toEqual(["a_3"]);
    });

    it("are a few more than the limit when several share the last one's millisecond", async () => {
      await created("a_1", 10);
      await created("a_2", 10);
      await created("a_3", 20);
      expect(await listed({ limit: 2 })).toEqual(["a_3", "a_2", "a_1"]);
      expect(await listed({ limit: 1 })).toEqual(["a_3"]);
    });

    it("are ordered by the clock that runs: until somebody decides, then until it is executed", async () => {
      await hold("a_1", { approve_by: 900 });
      await hold("a_2", { approve_by: 300 });
      await hold("a_3", { approve_by: 100 });
      await store.move("a_3", approved(0), 0);
      const both = { states: ["held", "approved"], order: "deadline" } as const;
      expect(await listed(both)).toEqual(["a_2", "a_3", "a_1"]);
      expect(await listed({ ...both, from: 300 })).toEqual(["a_3", "a_1"]);
    });

    it("have a text in summary, tool, agent or the person it acts for, ASCII letters of either case", async () => {
      const bound = binding(toolCall(), subject({ ...caller, actingFor: { id: "Alice", claims: {} } }));
      await hold("a_1", { binding: bound });
      await hold("a_2", { requirement: { ...requirement, summary: "Delete EVERYTHING" } });
      expect(await listed({ text: "alice" })).toEqual(["a_1"]);
      expect(await listed({ text: "everything" })).toEqual(["a_2"]);
      expect(await listed({ text: "BOT" })).toHaveLength(2);
      expect(await listed({ text: "CREATE_REFUND" })).toHaveLength(2);
      expect(await listed({ text: "n of a_1" })).toEqual([]);
    });

    it("are due when their clock has run out, and when a clock that was ahead wrote them", async () => {
      await hold("a_1", { approve_by: 100 });
      await hold("a_2", { approve_by: 101 });
      await hold("a_3", { approve_by: 50 });
      await store.move("a_3", approved(0), 0);
      const ahead = { nonce: "n", created: 100 + minute + 1, approve_by: 10 * minute };
      await hold("a_4", { seal: ahead, approve_by: ahead.approve_by });
      expect(idsOf(await store.due(100)).toSorted()).toEqual(["a_1", "a_4"]);
      expect(idsOf(await store.due(500)).toSorted()).toEqual(["a_1", "a_2", "a_3"]);
    });

    it("are those that anybody changed since a moment, the oldest change first", async () => {
      for (const id of ["a_1", "a_2", "a_3"]) await hold(id);
      await store.addVote("a_2", voteOf("ann", 20));
      await store.claim("a_1", { by: "bob", at: 30 }, 30);
      expect(idsOf(await store.changedSince(20))).toEqual(["a_2", "a_1"]);
      expect(idsOf(await store.changedSince(21))).toEqual(["a_1"]);
    });

    it("were released by a process other than those given, and have no outcome", async () => {
      for (const [id, owner] of [
        ["a_1", "p_1"],
        ["a_2", "p_2"],
        ["a_3", "p_3"],
      ] as const) {
        await hold(id);
        await store.move(id, approved(1), 1);
        await store.move(id, released(2), 2, owner);
      }
      await store.move("a_3", { from: "released", to: "delivered", set: {} }, 3);
      expect(idsOf(await store.releasedByOthers(["p_1"]))).toEqual(["a_2"]);
      expect(idsOf(await store.releasedByOthers([]))).toEqual(["a_1", "a_2"]);
    });
  });
}
