import type { Grant } from "../../../gateway/domain/approval.ts";
import type { GrantStore } from "../../../gateway/domain/ports.ts";
import { binding, subject, toolCall } from "../builders.ts";
import { caller, grantOf } from "./approval-items.ts";
import type { Shared } from "./shared.ts";

const minute = 60_000;

/** What every store of grants promises. */
export function describeGrants(make: () => Promise<Shared<GrantStore>>): void {
  describe("a store of grants", () => {
    let shared: Shared<GrantStore>;
    let grants: GrantStore;
    beforeEach(async () => {
      shared = await make();
      grants = shared.store;
    });
    afterEach(() => shared.close());
    const idsOf = (found: readonly Grant[]) => found.map(({ id }) => id);
    const live = async (now = 10) => idsOf(await grants.live(caller.issuer, caller.id, now));

    it("gives a grant as it was given", async () => {
      await grants.insert(grantOf("g_1"));
      expect(await grants.get("g_1")).toEqual(grantOf("g_1"));
      expect(await grants.get("g_2")).toBeNull();
    });

    it("has as live what is one caller's, and not revoked, used up, expired or of a clock that was ahead", async () => {
      await grants.insert(grantOf("g_2", { created: 2 }));
      await grants.insert(grantOf("g_1", { created: 1 }));
      await grants.insert(grantOf("g_revoked"));
      await grants.revoke("g_revoked", "carol", null, 5);
      await grants.insert(grantOf("g_used", { uses_left: 0 }));
      await grants.insert(grantOf("g_expired", { expires_at: 10 }));
      await grants.insert(grantOf("g_ahead", { created: 10 + minute + 1 }));
      await grants.insert(grantOf("g_other", { binding: binding(toolCall(), subject({ ...caller, id: "other" })) }));
      expect(await live()).toEqual(["g_1", "g_2"]);
      expect(await grants.live("https://b", caller.id, 10)).toEqual([]);
    });

    it("lists the newest first, as many as wanted, with or without what is over", async () => {
      for (const [id, created] of Object.entries({ g_1: 1, g_2: 2, g_3: 3 }))
        await grants.insert(grantOf(id, { created }));
      await grants.revoke("g_3", "carol", null, 5);
      expect(idsOf(await grants.list({ live: false, now: 10, limit: 2 }))).toEqual(["g_3", "g_2"]);
      expect(idsOf(await grants.list({ live: true, now: 10, limit: 9 }))).toEqual(["g_2", "g_1"]);
      expect(idsOf(await grants.list({ live: true, now: 1_000, limit: 9 }))).toEqual([]);
    });

    it("gives each use once, also of two processes, and none after the last", async () => {
      await grants.insert(grantOf("g_1", { uses_left: 2 }));
      const other = await shared.again();
      const used = await Promise.all([grants, other.store, grants, other.store].map((one) => one.use("g_1", 10)));
      expect(used.filter(Boolean)).toHaveLength(2);
      expect((await other.store.get("g_1"))?.uses_left).toBe(0);
      await other.close();
    });

    it("gives no use of a grant that is unknown, revoked or out of time", async () => {
      await grants.insert(grantOf("g_1"));
      expect([await grants.use("g_2", 10), await grants.use("g_1", 1_000)]).toEqual([false, false]);
      await grants.revoke("g_1", "carol", null, 5);
      expect(await grants.use("g_1", 10)).toBe(false);
    });

    it("keeps who revoked a grant first, and why", async () => {
      await grants.insert(grantOf("g_1"));
      expect(await grants.revoke("g_1", "carol", "the task is over", 5)).toBe(true);
      expect(await grants.revoke("g_1", "dan", null, 6)).toBe(false);
      expect((await grants.get("g_1"))?.revoked).toEqual({ by: "carol", at: 5, reason: "the task is over" });
      expect(await grants.revoke("g_2", "dan", null, 6)).toBe(false);
    });
  });
}
