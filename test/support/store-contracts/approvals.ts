import type { ApprovalStore } from "../../../gateway/domain/ports.ts";
import { binding, subject, toolCall } from "../builders.ts";
import { approved, type ApprovalStores, caller, grantOf, heldItem, released, voteOf } from "./approval-items.ts";
import type { Shared } from "./shared.ts";

/** What every store of approvals promises of changes: each compares the state before it sets it. */
export function describeApprovals(make: () => Promise<Shared<ApprovalStores>>): void {
  describe("a change of an approval", () => {
    let shared: Shared<ApprovalStores>;
    let store: ApprovalStore;
    beforeEach(async () => {
      shared = await make();
      store = shared.store.approvals;
      await store.insert(heldItem("a_1"));
    });
    afterEach(() => shared.close());

    it("is made once, by whoever is first of two processes", async () => {
      const other = await shared.again();
      const moved = await Promise.all(
        [store, other.store.approvals, store].map((one) => one.move("a_1", approved(5), 5)),
      );
      expect(moved.filter(Boolean)).toHaveLength(1);
      expect(await other.store.approvals.get("a_1")).toMatchObject({
        state: "approved",
        resolved_at: 5,
        execute_by: 505,
        consumed_at: null,
        outcome: null,
      });
      await other.close();
    });

    it("leaves what it does not set as it was", async () => {
      await store.move("a_1", approved(5), 5);
      await store.move("a_1", released(7), 7, "p_1");
      await store.move("a_1", { from: "released", to: "delivered", set: { outcome: "status 200" } }, 9);
      expect(await store.get("a_1")).toMatchObject({
        state: "delivered",
        resolved_at: 5,
        execute_by: 505,
        consumed_at: 7,
        outcome: "status 200",
      });
    });

    it("is none that an item of this state cannot make", async () => {
      expect(await store.move("a_1", { from: "held", to: "delivered", set: {} }, 1)).toBe(false);
      expect(await store.move("a_2", approved(1), 1)).toBe(false);
      expect((await store.get("a_1"))?.state).toBe("held");
    });

    it("is a vote while the item is held and its clock runs, one of each account", async () => {
      expect(await store.addVote("a_1", voteOf("ann", 1))).toBe(true);
      expect(await store.addVote("a_1", voteOf("ann", 2, { approver: "Ann B", vote: "deny" }))).toBe(false);
      expect(await store.addVote("a_1", voteOf("bob", 1_000))).toBe(false);
      expect(await store.addVote("a_1", voteOf("bob", 999))).toBe(true);
      await store.move("a_1", approved(5), 5);
      expect(await store.addVote("a_1", voteOf("cid", 6))).toBe(false);
      expect((await store.get("a_1"))?.votes).toEqual([voteOf("ann", 1), voteOf("bob", 999)]);
    });

    it("is a denial of what is approved until its clock runs out or it is released, also by whoever approved it", async () => {
      const denial = (account: string, at: number) => store.addVote("a_1", voteOf(account, at, { vote: "deny" }));
      await store.addVote("a_1", voteOf("ann", 1));
      await store.move("a_1", approved(5), 5);
      expect(await denial("bob", 505)).toBe(false);
      expect([await denial("ann", 6), await denial("ann", 7), await denial("bob", 8)]).toEqual([true, false, true]);
      await store.move("a_1", released(9), 9, "p_1");
      expect(await denial("cid", 10)).toBe(false);
    });

    it("keeps the votes of two people who vote at two processes at once, and one of the same person", async () => {
      const other = await shared.again();
      const votes = [
        store.addVote("a_1", voteOf("ann", 1)),
        other.store.approvals.addVote("a_1", voteOf("bob", 1)),
        other.store.approvals.addVote("a_1", voteOf("ann", 1)),
      ];
      expect((await Promise.all(votes)).toSorted()).toEqual([false, true, true]);
      expect((await store.get("a_1"))?.votes.map(({ account }) => account).toSorted()).toEqual(["ann", "bob"]);
      await other.close();
    });

    it("is a vote whatever texts are in the arguments and in the reasons of votes", async () => {
      const texts = "U+0000 \u0000, half a pair \ud83d, a backslash \\u0000";
      await store.insert(
        heldItem("a_2", { binding: binding(toolCall({ arguments: { note: texts } }), subject(caller)) }),
      );
      const votes = [voteOf("ann", 1, { reason: texts }), voteOf("bob", 2, { reason: texts })];
      for (const vote of votes) expect(await store.addVote("a_2", vote)).toBe(true);
      expect(await store.addVote("a_2", voteOf("ann", 3))).toBe(false);
      const found = await store.list({ states: ["held"], limit: 9, text: "no such text" });
      expect([(await store.get("a_2"))?.votes, found]).toEqual([votes, []]);
    });

    it("is more time for an item that is held and whose clock is where it was seen", async () => {
      expect(await store.extend("a_1", 999, 2_000, 1)).toBe(false);
      expect(await store.extend("a_1", 1_000, 2_000, 1)).toBe(true);
      expect(await store.extend("a_1", 1_000, 3_000, 1)).toBe(false);
      expect(await store.get("a_1")).toMatchObject({ approve_by: 2_000, seal: { approve_by: 1_000 } });
      await store.move("a_1", approved(5), 5);
      expect(await store.extend("a_1", 2_000, 3_000, 6)).toBe(false);
    });

    it("is a claim of an item that is held, or its return", async () => {
      expect(await store.claim("a_1", { by: "ann", at: 1 }, 1)).toBe(true);
      expect((await store.get("a_1"))?.claim).toEqual({ by: "ann", at: 1 });
      expect(await store.claim("a_1", null, 2)).toBe(true);
      expect((await store.get("a_1"))?.claim).toBeNull();
      await store.move("a_1", approved(5), 5);
      expect(await store.claim("a_1", { by: "ann", at: 6 }, 6)).toBe(false);
    });

    it("of another process is noticed in the next turn, and one's own is not", async () => {
      const other = await shared.again();
      const noticed = async (): Promise<boolean> => {
        await shared.look();
        return store.changedElsewhere();
      };
      await noticed();
      await store.claim("a_1", { by: "ann", at: 1 }, 1);
      expect(await noticed()).toBe(false);
      await other.store.approvals.claim("a_1", null, 2);
      expect(await noticed()).toBe(true);
      expect(await noticed()).toBe(false);
      await other.close();
    });
  });

  const readers: [string, (stores: ApprovalStores, subject: string, now: number) => Promise<boolean>][] = [
    ["by itself", ({ approvals }, id, now) => approvals.anyLive(caller.issuer, id, now)],
    ["with the rest of a turn", async ({ anyLive }, id, now) => anyLive({ issuer: caller.issuer, id }, now)],
  ];
  describe.each(readers)("whether a caller has anything live, read %s", (_, anyLive) => {
    let shared: Shared<ApprovalStores>;
    beforeEach(async () => (shared = await make()));
    afterEach(() => shared.close());
    const isLive = (now = 10) => anyLive(shared.store, caller.id, now);

    it("is so while an item is held, approved or refused and its clock runs, or a grant does", async () => {
      const { approvals, grants } = shared.store;
      expect(await isLive()).toBe(false);
      await approvals.insert(heldItem("a_1"));
      expect([await isLive(), await isLive(999), await isLive(1_000)]).toEqual([true, true, false]);
      await approvals.move("a_1", approved(700), 700);
      expect([await isLive(1_199), await isLive(1_200)]).toEqual([true, false]);
      await approvals.move("a_1", released(800), 800);
      expect(await isLive(801)).toBe(false);
      await approvals.atomically(async () => {
        await approvals.insert(heldItem("a_2"));
        await approvals.move("a_2", { from: "held", to: "cancelled", set: {} }, 1);
        await grants.insert(grantOf("g_1"));
      });
      expect([await isLive(), await isLive(1_000)]).toEqual([true, false]);
      expect(await anyLive(shared.store, "other", 10)).toBe(false);
    });

    it("is not remembered from before a write that has ended meanwhile", async () => {
      const { approvals } = shared.store;
      const asked = isLive();
      await Promise.all([approvals.insert(heldItem("a_1")), asked]);
      expect(await isLive()).toBe(true);
    });

    it("is known of another process's write in the next turn", async () => {
      const other = await shared.again();
      expect(await isLive()).toBe(false);
      await other.store.approvals.insert(heldItem("a_1"));
      await shared.look();
      expect(await isLive()).toBe(true);
      await other.close();
    });
  });

  it("whether a caller has anything live is not remembered from within a transaction that is undone", async () => {
    const shared = await make();
    const { approvals } = shared.store;
    const isLive = () => approvals.anyLive(caller.issuer, caller.id, 10);
    await approvals.insert(heldItem("a_1"));
    const undone = approvals.atomically(async () => {
      await approvals.move("a_1", { from: "held", to: "cancelled", set: {} }, 1);
      expect(await isLive()).toBe(false);
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect(await isLive()).toBe(true);
    await shared.close();
  });

  describe("a transaction over the stores of approvals", () => {
    let shared: Shared<ApprovalStores>;
    beforeEach(async () => (shared = await make()));
    afterEach(() => shared.close());

    it("keeps all of it, also where another process reads, or nothing", async () => {
      const { approvals, grants, receipts } = shared.store;
      const other = await shared.again();
      const write = (id: string) => async () => {
        await approvals.insert(heldItem(id));
        await grants.insert(grantOf(`g_${id}`));
        await receipts.add(id, 1, "jws");
      };
      await approvals.atomically(write("a_1"));
      const failing = approvals.atomically(async () => {
        await approvals.atomically(write("a_2"));
        throw new Error("the disk is full");
      });
      await expect(failing).rejects.toThrow("full");
      for (const [id, there] of [
        ["a_1", true],
        ["a_2", false],
      ] as const) {
        expect((await other.store.approvals.get(id)) !== null).toBe(there);
        expect((await other.store.grants.get(`g_${id}`)) !== null).toBe(there);
        expect(await other.store.receipts.of(id)).toHaveLength(there ? 1 : 0);
      }
      await other.close();
    });

    it("lets nobody in between a look and the write that follows from it", async () => {
      const { approvals } = shared.store;
      const open = (id: string, mayOpen: number) =>
        approvals.atomically(async () => {
          const held = await approvals.countHeld(caller.issuer, caller.id);
          if (held < mayOpen) await approvals.insert(heldItem(id));
        });
      await Promise.all(["a_1", "a_2", "a_3", "a_4"].map((id) => open(id, 2)));
      expect(await approvals.countHeld(caller.issuer, caller.id)).toBe(2);
    });
  });

  it("items of callers of the same name at two issuers are each their own", async () => {
    const shared = await make();
    const { approvals } = shared.store;
    await approvals.insert(
      heldItem("a_1", { binding: binding(toolCall(), subject({ ...caller, issuer: "https://b" })) }),
    );
    expect(await approvals.countHeld(caller.issuer, caller.id)).toBe(0);
    expect(await approvals.anyLive("https://b", caller.id, 10)).toBe(true);
    expect(await approvals.anyLive(caller.issuer, caller.id, 10)).toBe(false);
    await shared.close();
  });
}
