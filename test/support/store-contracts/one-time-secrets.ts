import type { OneTimeBounds, OneTimeStore } from "../../../gateway/domain/ports.ts";
import { secretsIn } from "../../../gateway/sign-in/one-time-secrets.ts";
import type { Shared } from "./shared.ts";

const bounds: OneTimeBounds = { lifetimeMs: 60_000, capacity: 20, perAsker: 5 };

/** What a store of secrets that several processes share promises. */
export function describeOneTimeSecrets(make: () => Promise<Shared<OneTimeStore>>): void {
  describe("secrets that go out and come back once", () => {
    let shared: Shared<OneTimeStore>;
    let secrets: OneTimeStore;
    beforeEach(async () => {
      shared = await make();
      secrets = shared.store;
    });
    afterEach(() => shared.close());
    const of = (store: OneTimeStore, kind = "test", more: Partial<OneTimeBounds> = {}) =>
      secretsIn(store)<{ readonly n: number }>(kind, { ...bounds, ...more });

    it("are known at every process, to who was given one, of that kind, once", async () => {
      const other = await shared.again();
      await of(secrets).keep("ann", "s", { n: 1 });
      expect([await of(other.store).take("bob", "s"), await of(other.store, "else").take("ann", "s")]).toEqual([
        null,
        null,
      ]);
      const taken = await Promise.all([of(other.store).take("ann", "s"), of(secrets).take("ann", "s")]);
      expect(taken.filter((one) => one !== null)).toEqual([{ n: 1 }]);
      await other.close();
    });

    it("are worth nothing after their time", async () => {
      await of(secrets, "test", { lifetimeMs: 0 }).keep("ann", "s", { n: 1 });
      expect(await of(secrets).take("ann", "s")).toBeNull();
    });

    it("void those of who asks without end, and nobody else's", async () => {
      const kept = of(secrets);
      await kept.keep("ann", "hers", { n: 1 });
      await kept.keep("", "honest", { n: 2 }, "192.0.2.1");
      for (let n = 0; n < 8; n += 1) await kept.keep("mallory", `s${n}`, { n });
      const left = [];
      for (let n = 0; n < 8; n += 1) left.push(await kept.take("mallory", `s${n}`));
      expect(left).toEqual([null, null, null, ...[3, 4, 5, 6, 7].map((n) => ({ n }))]);
      expect([await kept.take("ann", "hers"), await kept.take("", "honest")]).toEqual([{ n: 1 }, { n: 2 }]);
    });

    it("are no more in all than there may be: the oldest of who has most goes", async () => {
      const kept = of(secrets, "test", { capacity: 3 });
      await kept.keep("ann", "hers", { n: 0 });
      for (let n = 0; n < 4; n += 1) await kept.keep("mallory", `s${n}`, { n });
      const left = [];
      for (let n = 0; n < 4; n += 1) left.push(await kept.take("mallory", `s${n}`));
      expect([left, await kept.take("ann", "hers")]).toEqual([[null, null, { n: 2 }, { n: 3 }], { n: 0 }]);
    });
  });
}
