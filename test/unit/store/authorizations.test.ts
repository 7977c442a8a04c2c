import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuthorizationGrant } from "../../../gateway/domain/ports.ts";
import { authorizationStore } from "../../../gateway/store/authorizations.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { registeredClientStore } from "../../../gateway/store/registered-clients.ts";

const folder = mkdtempSync(join(tmpdir(), "authorizations-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
/** Two processes that share a store. */
function two() {
  const file = join(folder, `${++files}.db`);
  const connections = [new Connection(openDatabase(file)), new Connection(openDatabase(file))] as const;
  const [one, other] = connections.map(authorizationStore) as [
    ReturnType<typeof authorizationStore>,
    ReturnType<typeof authorizationStore>,
  ];
  return { one, other, connections };
}

const grant = (id: string, endsAt = 1_000_000): AuthorizationGrant => ({
  id,
  client: { id: "desk", name: "Desk" },
  scopes: ["support"],
  route: "crm",
  audience: "aud",
  jkt: null,
  person: { subject: "alice", name: "alice", account: null, by: "local" },
  agreedAt: 0,
  endsAt,
});
const code = (digest: string, of: string) => ({
  digest,
  grant: grant(of),
  redirectUri: "http://127.0.0.1/",
  challenge: "c",
  refreshable: true,
  expiresAt: 60,
});

test("a code is fresh once, whichever process is first, and then known as used for a while", async () => {
  const { one, other } = two();
  await one.addCode(code("d", "g"));
  const taken = await Promise.all([one.takeCode("d", 1), other.takeCode("d", 1)]);
  expect(taken.map(({ state }) => state).toSorted()).toEqual(["fresh", "reused"]);
  expect(await one.takeCode("d", 500_000)).toEqual({ state: "reused", grant: "g" });
  await one.purge(700_000);
  expect(await one.takeCode("d", 700_000)).toEqual({ state: "unknown" });
});

test("a code that is too old is used up too", async () => {
  const { one } = two();
  await one.addCode(code("d", "g"));
  expect(await one.takeCode("d", 60)).toEqual({ state: "unknown" });
  expect((await one.takeCode("d", 1)).state).toBe("reused");
});

test("a refresh token is fresh once, whichever process is first, and then tells whose it was", async () => {
  const { one, other } = two();
  await one.addGrant(grant("g"));
  await one.addRefresh("g", { digest: "r", expiresAt: 1_000 });
  expect(await one.takeRefresh("r", "another", 1)).toEqual({ state: "unknown" });
  const taken = await Promise.all([one.takeRefresh("r", "desk", 1), other.takeRefresh("r", "desk", 1)]);
  expect(taken.map(({ state }) => state).toSorted()).toEqual(["fresh", "reused"]);
  expect(await one.grantOf("r")).toEqual(grant("g"));
  expect(await one.takeRefresh("unknown", "desk", 1)).toEqual({ state: "unknown" });
});

test("a grant that has ended gives nothing more, and says which access tokens are still good", async () => {
  const { one } = two();
  await one.addGrant(grant("g"));
  await one.addCode(code("d", "g"));
  await one.addRefresh("g", { digest: "r", expiresAt: 1_000 });
  await one.addAccess("g", { digest: "old", expiresAt: 5 });
  await one.addAccess("g", { digest: "good", expiresAt: 500 });
  expect(await one.accessEnded("good", 9)).toBe(false);
  expect(await one.endGrant("g", 10)).toEqual([{ digest: "good", expiresAt: 500 }]);
  const over = ["good", "old", "unknown"].map((digest) => one.accessEnded(digest, 10));
  expect(await Promise.all(over)).toEqual([true, false, false]);
  expect(await one.grant("g", 10)).toBeNull();
  expect((await one.takeRefresh("r", "desk", 11)).state).toBe("ended");
  expect((await one.takeCode("d", 11)).state).toBe("reused");
  expect(await one.endGrant("g", 600)).toEqual([]);
});

test("a refresh token ends with its time and with its grant's", async () => {
  const { one } = two();
  await one.addGrant(grant("g", 100));
  await one.addRefresh("g", { digest: "a", expiresAt: 50 });
  await one.addRefresh("g", { digest: "b", expiresAt: 500 });
  expect([(await one.takeRefresh("a", "desk", 50)).state, (await one.takeRefresh("b", "desk", 100)).state]).toEqual([
    ...["ended", "ended"],
  ]);
});

test("what may be used once is, by one of two processes, until it is over", async () => {
  const { one, other } = two();
  expect((await Promise.all([one.useOnce("k", 100, 1), other.useOnce("k", 100, 1)])).toSorted()).toEqual([false, true]);
  expect([await one.useOnce("k", 300, 99), await one.useOnce("k", 300, 100)]).toEqual([false, true]);
});

test("registered clients are kept until their time is over, and no more than may be", async () => {
  const clients = registeredClientStore(two().connections[0]);
  const client = (id: string, endsAt: number) => ({
    id,
    name: id,
    uri: null,
    redirectUris: ["http://127.0.0.1/"],
    grantTypes: [],
    registeredAt: 0,
    endsAt,
  });
  expect([await clients.add(client("a", 100), 2, 1), await clients.add(client("b", 200), 2, 1)]).toEqual([true, true]);
  for (const [id, endsAt] of [
    ["a", 100],
    ["b", 200],
  ] as const)
    await clients.keepUntil(id, endsAt);
  // Both are in use.
  expect(await clients.add(client("c", 300), 2, 99)).toBe(false);
  expect(await clients.add(client("c", 300), 2, 100)).toBe(true);
  expect([await clients.get("a", 1), (await clients.get("b", 1))?.endsAt]).toEqual([null, 200]);
  await clients.keepUntil("b", 900);
  await clients.keepUntil("b", 400);
  expect([(await clients.get("b", 899))?.name, await clients.get("b", 900)]).toEqual(["b", null]);
  // Nobody has used c.
  expect(await clients.add(client("d", 300), 2, 101)).toBe(true);
  expect([await clients.get("c", 101), (await clients.get("d", 101))?.name]).toEqual([null, "d"]);
});
