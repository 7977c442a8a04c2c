import { digestKeys, keyedDigest } from "../../../gateway/store/digest-keys.ts";
import { describeDigestKeys } from "../../support/store-contracts/digest-keys.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeDigestKeys(sqliteStores((connection) => (secret: string | null) => digestKeys(connection, secret)));

test("digests alike with the same key alone", () => {
  const [one, other] = [keyedDigest(new Uint8Array(32)), keyedDigest(new Uint8Array(32).fill(1))];
  expect(one("ann@shop.example")).toMatch(/^[0-9a-f]{16}$/);
  expect(one("ann@shop.example")).toBe(keyedDigest(new Uint8Array(32))("ann@shop.example"));
  expect(one("bob@shop.example")).not.toBe(one("ann@shop.example"));
  expect(other("ann@shop.example")).not.toBe(one("ann@shop.example"));
});
