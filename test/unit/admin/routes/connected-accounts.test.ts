import { connectedAccountRoutes } from "../../../../gateway/admin/routes/connected-accounts.ts";
import { accountStore } from "../../../../gateway/store/accounts.ts";
import { connectedAccountStore } from "../../../../gateway/store/connected-accounts.ts";
import { Connection } from "../../../../gateway/store/connection.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";
import { TestClock } from "../../../support/builders.ts";
import { type MountedRoutes, mountRoutes, testSession } from "../../../support/console/mount-routes.ts";
import { type ConsentServer, startConsentServer } from "../../../support/person/consent-server.ts";
import { callbackOf, peopleAt, personCredential } from "../../../support/person/people-at.ts";
import { connected } from "../../../support/store-contracts/connected-accounts.ts";

const closing: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(closing.splice(0).map((one) => one.close())));

const publicUrl = "http://console.test";

/** The routes for alice, who approves nothing, and for bob. */
async function world() {
  const at: ConsentServer = await startConsentServer({ redirectUris: [callbackOf(publicUrl)] });
  const connection = new Connection(openDatabase(":memory:"));
  const accounts = accountStore(connection);
  const people = peopleAt({ connection, accounts, credentials: [personCredential(at)], consoleUrl: publicUrl });
  const deps = { connectedAccounts: people, clock: new TestClock(), publicUrl };
  const routesOf = async (account: string): Promise<MountedRoutes> => {
    const routes = await mountRoutes(testSession({ account, user: account, roles: [] }), (app) =>
      connectedAccountRoutes(app, deps),
    );
    closing.push(routes);
    return routes;
  };
  closing.push(at);
  return { at, alice: await routesOf("alice"), bob: await routesOf("bob"), store: connectedAccountStore(connection) };
}

const path = "/api/connected-accounts";
const rows = async (of: MountedRoutes) => (await of.send("GET", path)).body["items"];

test("lets somebody without any role connect, see and disconnect their own account, and nobody else's", async () => {
  const { at, alice, bob } = await world();
  expect(await rows(alice)).toEqual([
    {
      name: "acme",
      label: "Acme Cloud",
      scopes: ["openid", "read", "write"],
      state: "not_connected",
      why: null,
      reason: null,
      upstream: null,
      connected_at: null,
      used_at: null,
      used_by: null,
    },
  ]);
  const { body } = await alice.send("POST", `${path}/acme/connect`, {});
  const parameters = await at.consent(String(body["location"]), "alice@acme");
  expect(await bob.send("POST", `${path}/acme/finish`, { parameters })).toMatchObject({ status: 400 });
  expect(await alice.send("POST", `${path}/acme/finish`, { parameters })).toEqual({ status: 204, body: {} });
  expect(await rows(alice)).toMatchObject([{ state: "connected", upstream: "alice@acme" }]);
  expect(await rows(bob)).toMatchObject([{ state: "not_connected", upstream: null }]);
  expect(await bob.send("POST", `${path}/acme/disconnect`, {})).toMatchObject({ body: { code: "connection_unknown" } });
  expect(await alice.send("POST", `${path}/acme/disconnect`, {})).toEqual({ status: 204, body: {} });
  expect(await rows(alice)).toMatchObject([{ state: "not_connected" }]);
});

test("says of a connection that ended why", async () => {
  const { alice, store } = await world();
  await store.put(connected({ credential: "acme" }));
  await store.end("k_1", { why: "operator", reason: "taken over", at: 2_000 });
  const ended = { state: "ended", why: "operator", reason: "taken over", scopes: ["read", "write"] };
  expect(await rows(alice)).toMatchObject([ended]);
});

test("shows nothing that is sealed", async () => {
  const { alice, store } = await world();
  await store.put(connected({ credential: "acme" }));
  expect(JSON.stringify(await rows(alice))).not.toContain("sealed");
});

test("knows no account of another name, and none where there are none to connect", async () => {
  const { alice } = await world();
  for (const verb of ["connect", "disconnect"])
    expect(await alice.send("POST", `${path}/other/${verb}`, {})).toMatchObject({
      body: { code: "connection_unknown" },
    });
  const deps = { connectedAccounts: null, clock: new TestClock(), publicUrl };
  const none = await mountRoutes(testSession(), (app) => connectedAccountRoutes(app, deps));
  closing.push(none);
  expect(await rows(none)).toEqual([]);
  expect(await none.send("POST", `${path}/acme/connect`, {})).toMatchObject({ status: 404 });
});
