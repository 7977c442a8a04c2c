import { type Connection } from "../../../gateway/store/connection.ts";
import { digestKeys, keyedDigest } from "../../../gateway/store/digest-keys.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

const stores = sqliteStores(
  (connection: Connection) =>
    (secret: string | null = null) =>
      digestKeys(connection, secret),
);
const secret = "s".repeat(32);

test("makes a key for each use once, the same in all processes of a store, and others in another store", async () => {
  const [shared, another] = [await stores(), await stores()];
  const other = await shared.again();
  const [one, same] = [shared.store(), other.store()];
  expect(one.of("x").length).toBeGreaterThanOrEqual(32);
  expect(same.of("x")).toEqual(one.of("x"));
  expect(same.of("y")).not.toEqual(one.of("x"));
  expect(another.store().of("x")).not.toEqual(one.of("x"));
  expect([one.changed, same.changed]).toEqual([false, false]);
  await Promise.all([other.close(), shared.close(), another.close()]);
});

test("derives the keys from a configured secret, alike in all stores, and keeps neither it nor them", async () => {
  const [shared, another] = [await stores(), await stores()];
  const [one, same] = [shared.store(secret), another.store(secret)];
  expect(one.of("x").length).toBe(32);
  expect(same.of("x")).toEqual(one.of("x"));
  expect(one.of("y")).not.toEqual(one.of("x"));
  expect(another.store("t".repeat(32)).of("x")).not.toEqual(one.of("x"));
  expect(shared.store().of("x")).not.toEqual(one.of("x"));
  await Promise.all([shared.close(), another.close()]);
});

test.each<[string, readonly (string | null)[], readonly boolean[]]>([
  ["a secret is configured where the store had its own keys", [null, secret, secret], [false, true, false]],
  ["the secret is another one", [secret, "t".repeat(32)], [false, true]],
  ["the secret is taken away", [secret, null, null], [false, true, false]],
])("says that digests of before have other keys when %s", async (_when, secrets, changed) => {
  const shared = await stores();
  const seen = secrets.map((one) => {
    const keys = shared.store(one);
    keys.of("x");
    return keys.changed;
  });
  expect(seen).toEqual(changed);
  await shared.close();
});

test("digests alike with the same key alone", () => {
  const [one, other] = [keyedDigest(new Uint8Array(32)), keyedDigest(new Uint8Array(32).fill(1))];
  expect(one("ann@shop.example")).toMatch(/^[0-9a-f]{16}$/);
  expect(one("ann@shop.example")).toBe(keyedDigest(new Uint8Array(32))("ann@shop.example"));
  expect(one("bob@shop.example")).not.toBe(one("ann@shop.example"));
  expect(other("ann@shop.example")).not.toBe(one("ann@shop.example"));
});
