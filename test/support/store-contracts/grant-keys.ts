import type { GrantKeyStore } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

const name = { issuer: "https://idp.example", subject: "bot", route: "payments", key: "k" };
const use = { requestDigest: "sha256:1", owner: "p_1", expiresAt: 1_000 };

/** What every store of the Idempotency-Keys of granted calls promises. */
export function describeGrantKeys(make: () => Promise<Shared<GrantKeyStore>>): void {
  describe("a store of keys of granted calls", () => {
    let shared: Shared<GrantKeyStore>;
    let keys: GrantKeyStore;
    beforeEach(async () => {
      shared = await make();
      keys = shared.store;
    });
    afterEach(() => shared.close());

    it("knows a key that was taken as long as its grant lives, under the very name", async () => {
      expect(await keys.find(name, 10)).toBeNull();
      expect(await keys.take(name, use, 10)).toBe(true);
      expect(await keys.find(name, 999)).toEqual({ requestDigest: "sha256:1", owner: "p_1", ended: false });
      expect(await keys.find(name, 1_000)).toBeNull();
      for (const part of ["issuer", "subject", "route", "key"])
        expect(await keys.find({ ...name, [part]: "other" }, 10)).toBeNull();
    });

    it("gives a key to one of two processes, and keeps the use of the first", async () => {
      const other = await shared.again();
      const taken = await Promise.all([keys.take(name, use, 10), other.store.take(name, { ...use, owner: "p_2" }, 10)]);
      expect(taken.toSorted()).toEqual([false, true]);
      expect((await other.store.find(name, 10))?.owner).toBe(taken[0] === true ? "p_1" : "p_2");
      await other.close();
    });

    it("gives a key again once its time is up", async () => {
      await keys.take(name, use, 10);
      expect(await keys.take(name, { ...use, expiresAt: 2_000 }, 999)).toBe(false);
      expect(await keys.take(name, { ...use, expiresAt: 2_000 }, 1_000)).toBe(true);
    });

    it("removes keys of permissions that have ended, and no others", async () => {
      await keys.take(name, use, 10);
      await keys.take({ ...name, key: "l" }, { ...use, expiresAt: 1_001 }, 10);
      await keys.purge(1_000);
      expect([await keys.find(name, 10), (await keys.find({ ...name, key: "l" }, 10))?.owner]).toEqual([null, "p_1"]);
    });

    it("says that a call has ended, or all of one process", async () => {
      const names = ["k", "l", "m"].map((key) => ({ ...name, key }));
      for (const [at, owner] of ["p_1", "p_1", "p_2"].entries()) await keys.take(names[at]!, { ...use, owner }, 10);
      const ended = () => Promise.all(names.map(async (one) => (await keys.find(one, 10))?.ended));
      await keys.end(names[0]!);
      expect(await ended()).toEqual([true, false, false]);
      await keys.endAllOf("p_1");
      expect(await ended()).toEqual([true, true, false]);
    });
  });
}
