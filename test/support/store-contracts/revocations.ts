import type { RevocationStore } from "../../../gateway/domain/ports.ts";
import type { Revocation } from "../../../gateway/domain/revocation.ts";
import type { Shared } from "./shared.ts";

const revocation = (id: string, reason = "incident"): Revocation => ({
  id,
  kind: "gateway",
  issuer: null,
  target: null,
  reason,
  by: "carol",
  at: 1,
  until: null,
});

/** What every store of revocations promises. */
export function describeRevocations(make: () => Promise<Shared<RevocationStore>>): void {
  describe("a store of revocations", () => {
    let shared: Shared<RevocationStore>;
    let store: RevocationStore;
    beforeEach(async () => {
      shared = await make();
      store = shared.store;
    });
    afterEach(() => shared.close());

    it("lists what was added, the oldest first, also to another process", async () => {
      const other = await shared.again();
      await store.add(revocation("k_2"));
      await store.add(revocation("k_1"));
      expect(await other.store.list()).toEqual([revocation("k_2"), revocation("k_1")]);
      await other.close();
    });

    it("leaves one that is there already as it is", async () => {
      await store.add(revocation("k_1"));
      await store.add(revocation("k_1", "another reason"));
      expect(await store.list()).toEqual([revocation("k_1")]);
    });

    it("lifts one once, by whoever is first of two processes", async () => {
      const other = await shared.again();
      await store.add(revocation("k_1"));
      await store.add(revocation("k_2"));
      expect((await Promise.all([store.lift("k_1"), other.store.lift("k_1")])).toSorted()).toEqual([false, true]);
      expect(await store.lift("k_3")).toBe(false);
      expect(await store.list()).toEqual([revocation("k_2")]);
      await other.close();
    });

    it("notices in the next turn what another process wrote, once, and not its own writes", async () => {
      const other = await shared.again();
      const noticed = async (): Promise<boolean> => {
        await shared.look();
        return store.changedElsewhere();
      };
      await noticed();
      await store.add(revocation("k_1"));
      expect(await noticed()).toBe(false);
      await other.store.lift("k_1");
      expect([await noticed(), await noticed()]).toEqual([true, false]);
      await other.close();
    });
  });
}
