import { peopleRoutes } from "../../../../gateway/admin/routes/people.ts";
import type { ConsoleSession } from "../../../../gateway/admin/sessions.ts";
import type { ConnectedAccounts } from "../../../../gateway/domain/ports.ts";
import { accountStore, passkeyStore } from "../../../../gateway/store/accounts.ts";
import { Connection } from "../../../../gateway/store/connection.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";
import { TestClock } from "../../../support/builders.ts";
import { type MountedRoutes, mountRoutes, testSession } from "../../../support/console/mount-routes.ts";
import { providerSettings } from "../../../support/console/provider-settings.ts";
import { softwareAuthenticator } from "../../../support/console/software-authenticator.ts";
import { quiet } from "../../../support/quiet.ts";
import { localAccount, providerAccount } from "../../../support/store-contracts/accounts.ts";

const closing: MountedRoutes[] = [];
afterEach(() => Promise.all(closing.splice(0).map((routes) => routes.close())));

/** A user of the configuration and somebody from a provider, who has a passkey. */
async function world(session: Partial<ConsoleSession> = {}) {
  const connection = new Connection(openDatabase(":memory:"));
  const [accounts, passkeys] = [accountStore(connection), passkeyStore(connection)];
  const clock = new TestClock();
  const local = localAccount("break-glass");
  const carol = providerAccount("u-3", "carol");
  await accounts.put(local);
  await accounts.put(carol);
  await passkeys.add(softwareAuthenticator("https://gate.example").passkey(carol.id), 1);
  const removed: string[] = [];
  const login = { passwords: true, provider: providerSettings("https://id.example"), secret: () => "", stepUpMs: 0 };
  const left: string[] = [];
  const connectedAccounts = { leave: async (id: string) => void left.push(id) } as unknown as ConnectedAccounts;
  const deps = {
    accounts,
    passkeys,
    connectedAccounts,
    clock,
    login,
    logger: quiet,
    onRemoved: async (id: string) => void removed.push(id),
  };
  const routes = await mountRoutes(testSession(session), (app) => peopleRoutes(app, deps));
  closing.push(routes);
  const remove = (id: string) =>
    routes.send("POST", `/api/people/${encodeURIComponent(id)}/remove`, { reason: "left the company" });
  return { accounts, passkeys, routes, removed, left, remove, local, carol };
}

test("lists who has an account, who may sign in, and how many passkeys they have, without any password", async () => {
  const { routes, local, carol } = await world();
  const { body } = await routes.send("GET", "/api/people");
  expect(body["items"]).toMatchObject([
    { id: local.id, name: "break-glass", issuer: null, subject: null, may_sign_in: true, passkeys: 0 },
    // The provider vouched for carol long ago.
    { id: carol.id, name: "carol", issuer: "https://id.example", subject: "u-3", may_sign_in: false, passkeys: 1 },
  ]);
  expect(JSON.stringify(body)).not.toMatch(/hash of|password/);
});

test("removes somebody from a provider once, with passkeys and connected accounts, and says whose sessions end", async () => {
  const { accounts, passkeys, removed, left, remove, carol } = await world();
  const answers = await Promise.all([remove(carol.id), remove(carol.id)]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 404]);
  expect([await accounts.get(carol.id), await passkeys.of(carol.id), removed]).toEqual([null, [], [carol.id]]);
  expect(left).toEqual([carol.id]);
});

test("answers that nobody has the account when somebody else removes it while it is read", async () => {
  const { accounts, removed, remove, carol } = await world();
  const { get } = accounts;
  Object.assign(accounts, {
    async get(id: string) {
      const found = await get(id);
      await accounts.remove(id);
      return found;
    },
  });
  expect(await remove(carol.id)).toMatchObject({ status: 404, body: { code: "account_unknown" } });
  expect(removed).toEqual([]);
});

test("removes no user of the configuration, and nobody for somebody without the role", async () => {
  const { accounts, remove, local } = await world();
  expect((await remove(local.id)).body).toEqual({ code: "account_configured" });
  const other = await world({ roles: ["payments-approver"] });
  expect((await other.remove(other.carol.id)).body).toEqual({ code: "role_required" });
  expect((await other.routes.send("GET", "/api/people")).body).toEqual({ code: "role_required" });
  expect([(await accounts.list()).length, (await other.accounts.list()).length]).toEqual([2, 2]);
});
