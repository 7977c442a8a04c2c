import { type Account, accountId, type AccountStore, localIssuer } from "../../../gateway/domain/account.ts";
import type { Shared } from "./shared.ts";

/** A user of the configuration. */
export function localAccount(name: string, changes: Partial<Account> = {}): Account {
  const id = accountId(localIssuer, `u_${name}`);
  const lists = { roles: ["operator"], teams: ["red"], also: ["u-1"] };
  return { id, name, password: `hash of ${name}`, ...lists, created_at: 1_000, provider: null, ...changes };
}

/** Somebody from an identity provider. */
export function providerAccount(subject: string, name: string, changes: Partial<Account> = {}): Account {
  const issuer = "https://id.example";
  const provider = { issuer, subject, groups: { roles: ["approvers"], teams: [] }, verified_at: 5_000 };
  return localAccount(name, { id: accountId(issuer, subject), password: null, provider, ...changes });
}

/** What every store of accounts promises. */
export function describeAccountStore(make: () => Promise<Shared<AccountStore>>): void {
  describe("accounts", () => {
    let shared: Shared<AccountStore>;
    let accounts: AccountStore;
    beforeEach(async () => {
      shared = await make();
      accounts = shared.store;
    });
    afterEach(() => shared.close());

    it("are read as they were put, by id", async () => {
      const [local, alice] = [localAccount("break-glass"), providerAccount("u-1", "alice")];
      await accounts.put(local);
      await accounts.put(alice);
      expect([await accounts.get(local.id), await accounts.get(alice.id)]).toEqual([local, alice]);
      expect(await accounts.get("nobody")).toBeNull();
    });

    it("are replaced whole, but for the time they were made", async () => {
      const before = providerAccount("u-1", "alice");
      const groups = { roles: ["operators"], teams: ["blue"] };
      const after = providerAccount("u-1", "alice.b", {
        roles: ["a"],
        teams: [],
        also: ["alice"],
        provider: { ...before.provider!, groups, verified_at: 9_000 },
      });
      await accounts.put(before);
      await accounts.put({ ...after, created_at: 7_000 });
      expect(await accounts.list()).toEqual([{ ...after, created_at: before.created_at }]);
    });

    it("are found by name for a password only when the configuration names them", async () => {
      const local = localAccount("alice");
      await accounts.put(providerAccount("u-1", "alice"));
      expect(await accounts.withPassword("alice")).toBeNull();
      await accounts.put(local);
      expect(await accounts.withPassword("alice")).toEqual(local);
      expect(await accounts.withPassword("Alice")).toBeNull();
    });

    it("are listed by name, then id", async () => {
      const people = [providerAccount("u-2", "alice"), providerAccount("u-1", "alice"), localAccount("Bob")];
      for (const account of [...people, localAccount("zoe")]) await accounts.put(account);
      const [second, first, bob] = people;
      expect(await accounts.list()).toEqual([bob, first, second, localAccount("zoe")]);
    });

    it("are found by what may name them today: name, sub, and what the configuration calls its users besides", async () => {
      const renamed = providerAccount("u-1", "alice.b", { also: ["alice"] });
      const people = [renamed, providerAccount("u-2", "alice"), localAccount("bob", { also: ["robert", "u-1"] })];
      for (const account of people) await accounts.put(account);
      const namesOf = async (text: string) => (await accounts.named(text)).map(({ name }) => name);
      // Not the earlier name of somebody who was renamed.
      expect(await namesOf("alice")).toEqual(["alice"]);
      expect(await namesOf("u-1")).toEqual(["alice.b", "bob"]);
      expect(await namesOf("robert")).toEqual(["bob"]);
      expect(await namesOf("Alice")).toEqual([]);
    });

    it("are removed once", async () => {
      const { id } = localAccount("alice");
      await accounts.put(localAccount("alice"));
      expect([await accounts.remove(id), await accounts.remove(id), await accounts.get(id)]).toEqual([
        true,
        false,
        null,
      ]);
    });

    it("are durable when the call resolves, and another connection sees them", async () => {
      const other = await shared.again();
      await accounts.put(localAccount("alice"));
      expect(await other.store.list()).toEqual([localAccount("alice")]);
      await other.store.remove(localAccount("alice").id);
      expect(await accounts.list()).toEqual([]);
      await other.close();
    });
  });

  describe("a transaction over accounts", () => {
    let shared: Shared<AccountStore>;
    let accounts: AccountStore;
    beforeEach(async () => {
      shared = await make();
      accounts = shared.store;
    });
    afterEach(() => shared.close());

    it("keeps nothing when its work rejects", async () => {
      const failing = accounts.atomically(async () => {
        await accounts.put(localAccount("alice"));
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      expect(await accounts.list()).toEqual([]);
    });

    it("is part of the one it is in", async () => {
      const failing = accounts.atomically(async () => {
        await accounts.atomically(() => accounts.put(localAccount("alice")));
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      expect(await accounts.list()).toEqual([]);
    });

    it("lets one of two that check before they write go first, and shows the other what it wrote", async () => {
      const other = await shared.again();
      const addFirst = (store: AccountStore, name: string) =>
        store.atomically(async () => {
          const isFirst = (await store.list()).length === 0;
          if (isFirst) await store.put(localAccount(name));
          return isFirst;
        });
      const results = await Promise.all([addFirst(accounts, "a"), addFirst(accounts, "b")]);
      expect([...results.toSorted(), await addFirst(other.store, "c")]).toEqual([false, true, false]);
      expect(await accounts.list()).toHaveLength(1);
      await other.close();
    });
  });
}
