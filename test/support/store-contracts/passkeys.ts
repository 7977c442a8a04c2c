import type { AccountStore } from "../../../gateway/domain/account.ts";
import type { Passkey, PasskeyStore } from "../../../gateway/domain/ports.ts";
import { localAccount } from "./accounts.ts";
import type { Shared } from "./shared.ts";

/** Passkeys belong to accounts, so both come from one store. */
export interface PeopleStores {
  readonly accounts: AccountStore;
  readonly passkeys: PasskeyStore;
}

const [alice, bob] = [localAccount("alice").id, localAccount("bob").id];

function passkey(id: string, changes: Partial<Passkey> = {}): Passkey {
  const key = { publicKey: "cG9", counter: 0, transports: ["usb", "nfc"], synced: true };
  return { id, account: alice, label: "phone", ...key, created_at: 2_000, used_at: null, ...changes };
}

/** What every store of passkeys promises. */
export function describePasskeyStore(make: () => Promise<Shared<PeopleStores>>): void {
  let shared: Shared<PeopleStores>;
  let passkeys: PasskeyStore;
  beforeEach(async () => {
    shared = await make();
    passkeys = shared.store.passkeys;
    for (const name of ["alice", "bob"]) await shared.store.accounts.put(localAccount(name));
  });
  afterEach(() => shared.close());

  describe("a passkey", () => {
    it("is read as it was added", async () => {
      expect(await passkeys.add(passkey("k1"), 5)).toBe("added");
      expect([await passkeys.get("k1"), await passkeys.get("k2")]).toEqual([passkey("k1"), null]);
    });

    it("is added once, whoever has it", async () => {
      await passkeys.add(passkey("k1"), 5);
      expect(await passkeys.add(passkey("k1", { account: bob, label: "mine" }), 5)).toBe("known");
      expect(await passkeys.get("k1")).toEqual(passkey("k1"));
    });

    it("belongs to an account that there is", async () => {
      expect(await passkeys.add(passkey("k1", { account: "nobody" }), 5)).toBe("account_unknown");
      expect(await passkeys.get("k1")).toBeNull();
    });

    it("goes with its account, and stays when the account is put again", async () => {
      await passkeys.add(passkey("k1"), 5);
      await shared.store.accounts.put(localAccount("alice", { roles: [] }));
      expect(await passkeys.of(alice)).toHaveLength(1);
      await shared.store.accounts.remove(alice);
      expect(await passkeys.get("k1")).toBeNull();
    });

    it("is removed by its own account alone", async () => {
      await passkeys.add(passkey("k1"), 5);
      expect(await passkeys.remove(bob, "k1")).toBe(false);
      expect([await passkeys.remove(alice, "k1"), await passkeys.remove(alice, "k1")]).toEqual([true, false]);
    });

    it("is durable when the call resolves, and another connection sees it", async () => {
      const other = await shared.again();
      await passkeys.add(passkey("k1"), 5);
      await passkeys.used(passkey("k1"), 4, 3_000);
      expect(await other.store.passkeys.get("k1")).toEqual(passkey("k1", { counter: 4, used_at: 3_000 }));
      await other.close();
    });
  });

  describe("the passkeys of an account", () => {
    it("are listed oldest first, and counted", async () => {
      const keys = [passkey("late", { created_at: 3_000 }), passkey("b"), passkey("a"), passkey("o", { account: bob })];
      for (const key of keys) await passkeys.add(key, 5);
      expect((await passkeys.of(alice)).map(({ id }) => id)).toEqual(["b", "a", "late"]);
      expect(await passkeys.counts()).toEqual(
        new Map([
          [alice, 3],
          [bob, 1],
        ]),
      );
    });

    it("are no more than the limit, however many are added at once", async () => {
      const other = await shared.again();
      await passkeys.add(passkey("k0"), 2);
      const stores = [passkeys, passkeys, other.store.passkeys];
      const added = await Promise.all(stores.map((store, n) => store.add(passkey(`k${n + 1}`), 2)));
      expect(added.toSorted()).toEqual(["added", "limit", "limit"]);
      expect(await passkeys.of(alice)).toHaveLength(2);
      await other.close();
    });
  });

  describe("the counter of a passkey", () => {
    it.each<[string, number, number, boolean]>([
      ["grows", 3, 4, true],
      ["never counts", 0, 0, true],
      ["begins to count", 0, 1, true],
      ["stays", 3, 3, false],
      ["goes back", 3, 2, false],
      ["goes back to nothing", 3, 0, false],
    ])("that %s", async (_what, before, now, counts) => {
      const key = passkey("k1", { counter: before });
      await passkeys.add(key, 5);
      expect(await passkeys.used(key, now, 3_000)).toBe(counts);
      expect(await passkeys.get("k1")).toEqual(counts ? { ...key, counter: now, used_at: 3_000 } : key);
    });

    it("counts one signature of two with the same value, on two connections", async () => {
      const other = await shared.again();
      await passkeys.add(passkey("k1", { counter: 3 }), 5);
      const used = await Promise.all(
        [passkeys, other.store.passkeys].map((store) => store.used(passkey("k1"), 4, 3_000)),
      );
      expect(used.toSorted()).toEqual([false, true]);
      await other.close();
    });

    it("counts for nobody when the account has no such passkey any more", async () => {
      await passkeys.add(passkey("k1"), 5);
      await passkeys.remove(alice, "k1");
      expect(await passkeys.used(passkey("k1"), 1, 3_000)).toBe(false);
      await passkeys.add(passkey("k1", { account: bob }), 5);
      expect(await passkeys.used(passkey("k1"), 1, 3_000)).toBe(false);
    });
  });
}
