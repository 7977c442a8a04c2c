import { accountOf } from "../../../../gateway/credentials/person/which-account.ts";
import { accountStore } from "../../../../gateway/store/accounts.ts";
import { Connection } from "../../../../gateway/store/connection.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";
import type { Account } from "../../../../gateway/domain/account.ts";
import { subject, TestClock } from "../../../support/builders.ts";
import { localAccount, providerAccount } from "../../../support/store-contracts/accounts.ts";

const day = 86_400_000;
const idp = "https://id.example";
const clock = new TestClock();
const today = (account: Account): Account => ({
  ...account,
  provider: account.provider && { ...account.provider, verified_at: clock.now() - day },
});

async function found(people: readonly Account[], name: string, changes: Partial<Parameters<typeof subject>[0]> = {}) {
  const accounts = accountStore(new Connection(openDatabase(":memory:")));
  for (const account of people) await accounts.put(account);
  const who = subject({ issuer: idp, actingFor: { id: name, claims: {} }, ...changes });
  const trusted = { trustedIssuers: new Set([idp, "https://other.example"]) };
  return (await accountOf(who, trusted, { accounts, clock, signInWithinMs: 30 * day }))?.id ?? null;
}

const alice = today(providerAccount("u-1", "alice"));
const bob = localAccount("bob", { also: ["robert@example.com"] });

test.each<[string, string, Account | null]>([
  ["the name of somebody of the provider", "alice", alice],
  ["the sub of somebody of the provider", "u-1", alice],
  ["the name of a user of the configuration", "bob", bob],
  ["what the configuration calls a user besides", "robert@example.com", bob],
  ["another spelling of a name", "Alice", null],
  ["a letter that looks like one of a name", "аlice", null],
  ["a stranger", "mallory", null],
])("finds for %s whose account it is", async (_what, name, account) => {
  expect(await found([alice, bob], name)).toBe(account?.id ?? null);
});

test("finds a caller that is a person itself", async () => {
  expect(await found([alice], "", { type: "user", id: "alice", actingFor: null })).toBe(alice.id);
});

test("takes an earlier name of somebody for nobody's: another person may have it now", async () => {
  const renamed = today(providerAccount("u-1", "alice.b", { also: ["alice"] }));
  expect(await found([renamed], "alice")).toBeNull();
});

test("takes a sub of another issuer for nobody", async () => {
  expect(await found([alice], "u-1", { issuer: "https://other.example" })).toBeNull();
});

test("takes the sub that the gateway's own tokens carry for the one of the provider where people sign in", async () => {
  const accounts = accountStore(new Connection(openDatabase(":memory:")));
  await accounts.put(alice);
  const gateway = "https://gw.example";
  const who = subject({ issuer: gateway, id: "u-1", actingFor: { id: "u-1", claims: {} } });
  const trusted = { trustedIssuers: new Set([gateway]) };
  const deps = { accounts, clock, signInWithinMs: 30 * day };
  expect(await accountOf(who, trusted, deps)).toBeNull();
  const subjectsOf = new Map([[gateway, idp]]);
  expect((await accountOf(who, { ...trusted, subjectsOf }, deps))?.id).toBe(alice.id);
});

test("prefers the provider's own sub to a name that somebody gave themselves", async () => {
  const named = localAccount("u-1", { also: [] });
  expect(await found([alice, named], "u-1")).toBe(alice.id);
});

test("finds nobody who has not signed in for too long, or has no role any more", async () => {
  const gone = { ...alice, provider: alice.provider && { ...alice.provider, verified_at: clock.now() - 30 * day } };
  expect(await found([gone], "alice")).toBeNull();
  expect(await found([{ ...alice, roles: [] }], "alice")).toBeNull();
});

test.each<[string, Partial<Parameters<typeof subject>[0]>, string]>([
  ["an agent that acts for nobody", { actingFor: null }, "it acts for nobody"],
  [
    "an issuer that may not say so",
    { issuer: "https://partner.example" },
    "its issuer may not say for whom calls are made",
  ],
])("refuses %s", async (_what, changes, hint) => {
  await expect(found([alice], "alice", changes)).rejects.toMatchObject({ code: "credential_no_person", hint });
});

test("refuses a name that two people have, instead of choosing one", async () => {
  const other = localAccount("alice", { also: [] });
  await expect(found([alice, other], "alice")).rejects.toMatchObject({ code: "credential_no_person" });
});
