import type { ConnectedAccountStore, SealedAccount } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

export function connected(changes: Partial<SealedAccount> = {}): SealedAccount {
  return {
    id: "k_1",
    account: "alice",
    credential: "crm",
    upstream: "alice@crm",
    scopes: ["read", "write"],
    connectedAt: 1_000,
    usedAt: null,
    usedBy: null,
    ended: null,
    sealed: { key: "k1", text: "sealed-1" },
    tokenEndsAt: 90_000,
    isRenewed: true,
    ...changes,
  };
}

/** What every store of connected accounts promises. */
export function describeConnectedAccounts(make: () => Promise<Shared<ConnectedAccountStore>>): void {
  describe("a store of connected accounts", () => {
    let shared: Shared<ConnectedAccountStore>;
    let store: ConnectedAccountStore;
    beforeEach(async () => {
      shared = await make();
      store = shared.store;
    });
    afterEach(() => shared.close());
    const pause = { firstMs: 100, longestMs: 1_000 };
    const owed = async (now = 5_000) => (await store.takeOwed(now, pause, 10)).map(({ sealed }) => sealed.text);

    it("gives a connection as it was put, to its person alone, and lists it without what is sealed", async () => {
      await store.put(connected());
      await store.put(connected({ id: "k_2", account: "bob", connectedAt: 2_000 }));
      expect(await store.get("alice", "crm")).toEqual(connected());
      expect([await store.get("alice", "mail"), await store.get("carol", "crm")]).toEqual([null, null]);
      const { sealed: _, ...listed } = connected();
      expect(await store.of("alice")).toEqual([listed]);
      expect((await store.all()).map(({ id }) => id)).toEqual(["k_1", "k_2"]);
    });

    it("owes the revocation of what a new connection replaces", async () => {
      expect(await store.put(connected())).toBeNull();
      const next = connected({ id: "k_2", sealed: { key: "k1", text: "sealed-2" } });
      expect(await store.put(next)).toMatchObject({ id: "k_1", ended: null });
      expect((await store.get("alice", "crm"))?.id).toBe("k_2");
      expect(await owed()).toEqual(["sealed-1"]);
    });

    it("owes the revocation of what is removed, once", async () => {
      await store.put(connected());
      expect([await store.remove("k_1", 2_000), await store.remove("k_1", 2_000)]).toEqual([true, false]);
      expect(await store.get("alice", "crm")).toBeNull();
      const [one, ...others] = await store.takeOwed(5_000, pause, 10);
      expect(one).toMatchObject({ account: "alice", credential: "crm", since: 2_000, tries: 1 });
      expect(others).toEqual([]);
    });

    it("keeps why it ended, without what was sealed, and owes it unless the other side refused it", async () => {
      await store.put(connected());
      await store.put(connected({ id: "k_2", credential: "mail", sealed: { key: "k1", text: "sealed-2" } }));
      expect(await store.end("k_1", { why: "refused", reason: null, at: 2_000 })).toBe(true);
      expect(await store.end("k_2", { why: "operator", reason: "taken over", at: 2_000 })).toBe(true);
      expect(await store.end("k_2", { why: "refused", reason: null, at: 3_000 })).toBe(false);
      expect(await store.get("alice", "crm")).toMatchObject({ sealed: null, ended: { why: "refused", at: 2_000 } });
      const reason = "taken over";
      expect(await store.get("alice", "mail")).toMatchObject({ ended: { why: "operator", reason, at: 2_000 } });
      expect(await owed()).toEqual(["sealed-2"]);
    });

    it("tells of what is owed again after a pause that doubles, until it is settled", async () => {
      await store.put(connected());
      await store.remove("k_1", 1_000);
      const [first] = await store.takeOwed(1_000, pause, 10);
      expect([await owed(1_099), await owed(1_100), await owed(1_299), await owed(1_300)]).toEqual([
        [],
        ["sealed-1"],
        [],
        ["sealed-1"],
      ]);
      await store.settle(first?.id ?? "");
      expect(await owed(1_000_000)).toEqual([]);
    });

    it("tells at once of what a clock that was ahead put off", async () => {
      await store.put(connected());
      await store.remove("k_1", 1_000);
      await store.takeOwed(9_000_000, pause, 10);
      expect(await owed(1_000)).toEqual(["sealed-1"]);
    });

    it("lets one process renew at a time, and keeps nothing of one whose claim is over", async () => {
      await store.put(connected());
      const other = await shared.again();
      const claim = (at: ConnectedAccountStore, by: string, now: number) =>
        at.claim("k_1", { by, now, until: now + 100 });
      expect(await claim(store, "p_1", 1_000)).toEqual(connected());
      expect(await claim(other.store, "p_2", 1_050)).toBe("busy");
      expect(await claim(other.store, "p_2", 1_100)).toEqual(connected());
      expect(await store.renew("k_1", "p_1", { key: "k1", text: "late" }, null)).toBe(false);
      expect(await other.store.renew("k_1", "p_2", { key: "k2", text: "sealed-2" }, 95_000)).toBe(true);
      expect((await store.get("alice", "crm"))?.sealed).toEqual({ key: "k2", text: "sealed-2" });
      expect(await claim(store, "p_1", 1_101)).not.toBe("busy");
      await store.release("k_1", "p_1");
      expect(await claim(other.store, "p_2", 1_102)).not.toBe("busy");
      await other.close();
    });

    it("gives up a claim of a clock that was ahead", async () => {
      await store.put(connected());
      await store.claim("k_1", { by: "p_1", now: 9_000_000, until: 9_000_100 });
      expect(await store.claim("k_1", { by: "p_2", now: 1_000, until: 1_100 })).toEqual(connected());
    });

    it("lets nobody renew what is over, also when it ended under the claim", async () => {
      await store.put(connected());
      await store.claim("k_1", { by: "p_1", now: 1_000, until: 2_000 });
      await store.end("k_1", { why: "ended", reason: null, at: 1_000 });
      expect(await store.renew("k_1", "p_1", { key: "k1", text: "late" }, null)).toBe(false);
      expect(await store.claim("k_1", { by: "p_1", now: 1_000, until: 2_000 })).toBeNull();
      expect(await store.claim("k_none", { by: "p_1", now: 1_000, until: 2_000 })).toBeNull();
    });

    it("notes who used it last", async () => {
      await store.put(connected());
      await store.used("k_1", "bot", 4_000);
      expect(await store.get("alice", "crm")).toMatchObject({ usedBy: "bot", usedAt: 4_000 });
    });

    it("replaces what another key sealed, unless it was renewed meanwhile", async () => {
      await store.put(connected());
      await store.put(connected({ id: "k_2", credential: "mail", sealed: { key: "k2", text: "new" } }));
      const [old, ...others] = await store.sealedOtherwise("k2", 10);
      expect([old?.id, others]).toEqual(["k_1", []]);
      const after = { key: "k2", text: "sealed-again" };
      expect(await store.reseal("k_1", { key: "k1", text: "other" }, after)).toBe(false);
      expect(await store.reseal("k_1", { key: "k1", text: "sealed-1" }, after)).toBe(true);
      expect((await store.get("alice", "crm"))?.sealed).toEqual(after);
    });

    it("owes what was never kept", async () => {
      await store.owe({ account: "alice", credential: "crm", sealed: { key: "k1", text: "late" }, since: 1_000 });
      expect(await owed()).toEqual(["late"]);
    });

    it("is durable when a call resolves, and another connection sees it", async () => {
      const other = await shared.again();
      await store.put(connected());
      expect(await other.store.get("alice", "crm")).toEqual(connected());
      await other.close();
    });
  });
}
