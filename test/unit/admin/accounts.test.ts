import { ensureAccounts } from "../../../gateway/admin/accounts.ts";
import { verifyPassword } from "../../../gateway/sign-in/passwords.ts";
import { accountStore } from "../../../gateway/store/accounts.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { TestClock, testIds } from "../../support/builders.ts";

const user = (name: string, ...roles: string[]) => ({ name, roles, teams: [], also: [] });

function world() {
  const accounts = accountStore(new Connection(openDatabase(":memory:")));
  return { accounts, given: { accounts, clock: new TestClock(), ids: testIds() } };
}

describe("accounts of the configuration", () => {
  test("get one generated password each, told once and kept as a hash", async () => {
    const { accounts, given } = world();
    const [made] = await ensureAccounts([user("a", "x")], given);
    expect(made?.password).toMatch(/^(?:[a-z0-9]{4}-){4}[a-z0-9]{4}$/);
    expect(await verifyPassword(made?.password ?? "", (await accounts.withPassword("a"))?.password ?? "")).toBe(true);
    expect(await ensureAccounts([user("a", "y")], given)).toEqual([]);
    expect((await accounts.withPassword("a"))?.roles).toEqual(["y"]);
  });

  test("go when the configuration no longer names them, and who comes back is somebody else", async () => {
    const { accounts, given } = world();
    await ensureAccounts([user("alice", "a")], given);
    const first = (await accounts.withPassword("alice"))?.id;
    await ensureAccounts([], given);
    expect(await accounts.list()).toEqual([]);
    await ensureAccounts([user("alice", "a")], given);
    expect((await accounts.withPassword("alice"))?.id).not.toBe(first);
  });

  test("are all made by one of two gateways that start at the same time, and it is told all passwords", async () => {
    const { accounts, given } = world();
    const users = ["alice", "bob", "carol"].map((name) => user(name));
    const other = Promise.withResolvers<Awaited<ReturnType<typeof ensureAccounts>>>();
    let isBegun = false;
    // The other one starts as soon as this one has made an account, and is through before this one goes on.
    const put = async (account: Parameters<typeof accounts.put>[0]) => {
      await accounts.put(account);
      isBegun = true;
    };
    async function atomically<T>(work: () => Promise<T>): Promise<T> {
      const done = await accounts.atomically(work);
      if (isBegun) other.resolve(ensureAccounts(users, given));
      if (isBegun) await other.promise;
      return done;
    }
    const made = await ensureAccounts(users, { ...given, accounts: { ...accounts, put, atomically } });
    expect([made, await other.promise].map((told) => told.map(({ name }) => name))).toEqual([
      ["alice", "bob", "carol"],
      [],
    ]);
  });

  test("are made once by two gateways that start at the same time, and one password is told", async () => {
    const { accounts, given } = world();
    const start = () => ensureAccounts([user("alice")], given);
    const made = (await Promise.all([start(), start()])).flat();
    expect(made).toHaveLength(1);
    const stored = (await accounts.list()).map(({ password }) => password ?? "");
    expect(stored).toHaveLength(1);
    expect(await verifyPassword(made[0]?.password ?? "", stored[0] ?? "")).toBe(true);
  });
});
