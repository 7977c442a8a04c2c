import { type Connection } from "../../../gateway/store/connection.ts";
import { keyedDigest } from "../../../gateway/store/keyed-digest.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

const stores = sqliteStores(
  (connection: Connection) => (name: string, key: string) => keyedDigest(connection, name, () => key),
);

test("digests alike in all processes of a store, with the key that was there first", async () => {
  const shared = await stores();
  const other = await shared.again();
  const [first, second] = [shared.store("x", "one"), other.store("x", "two")];
  expect(first("ann@shop.example")).toMatch(/^[0-9a-f]{16}$/);
  expect(second("ann@shop.example")).toBe(first("ann@shop.example"));
  expect(first("bob@shop.example")).not.toBe(first("ann@shop.example"));
  await other.close();
  await shared.close();
});

test("digests otherwise under another name, and in another store", async () => {
  const [one, another] = [await stores(), await stores()];
  const digests = [one.store("x", "k1"), one.store("y", "k2"), another.store("x", "k3")].map((digest) =>
    digest("text"),
  );
  expect(new Set(digests).size).toBe(3);
  await one.close();
  await another.close();
});
