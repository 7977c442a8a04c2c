import type { DigestKeys } from "../../../gateway/store/digest-keys.ts";
import type { Shared } from "./shared.ts";

const secret = "s".repeat(32);

/** Opens the keys of a store; `null`: those that it keeps. */
type Open = (secret: string | null) => Promise<DigestKeys>;

/** What the keys of every store promise. */
export function describeDigestKeys(stores: () => Promise<Shared<Open>>): void {
  describe("keys of digests", () => {
    it("are made for each use once, the same in all processes of a store, and others in another store", async () => {
      const [shared, another] = [await stores(), await stores()];
      const other = await shared.again();
      const [one, same] = [await shared.store(null), await other.store(null)];
      expect((await one.of("x")).length).toBeGreaterThanOrEqual(32);
      expect(await same.of("x")).toEqual(await one.of("x"));
      expect(await same.of("y")).not.toEqual(await one.of("x"));
      expect(await (await another.store(null)).of("x")).not.toEqual(await one.of("x"));
      expect([one.changed, same.changed]).toEqual([false, false]);
      await Promise.all([other.close(), shared.close(), another.close()]);
    });

    it("are derived from a configured secret, alike in all stores, and keeps neither it nor them", async () => {
      const [shared, another] = [await stores(), await stores()];
      const [one, same] = [await shared.store(secret), await another.store(secret)];
      expect((await one.of("x")).length).toBe(32);
      expect(await same.of("x")).toEqual(await one.of("x"));
      expect(await one.of("y")).not.toEqual(await one.of("x"));
      expect(await (await another.store("t".repeat(32))).of("x")).not.toEqual(await one.of("x"));
      expect(await (await shared.store(null)).of("x")).not.toEqual(await one.of("x"));
      await Promise.all([shared.close(), another.close()]);
    });

    it.each<[string, readonly (string | null)[], readonly boolean[]]>([
      ["a secret is configured where the store had its own keys", [null, secret, secret], [false, true, false]],
      ["the secret is another one", [secret, "t".repeat(32)], [false, true]],
      ["the secret is taken away", [secret, null, null], [false, true, false]],
    ])("say that digests of before have other keys when %s", async (_when, secrets, changed) => {
      const shared = await stores();
      const seen: boolean[] = [];
      for (const one of secrets) {
        const keys = await shared.store(one);
        await keys.of("x");
        seen.push(keys.changed);
      }
      expect(seen).toEqual(changed);
      await shared.close();
    });
  });
}
