import { accountPeople } from "../../../../gateway/compose/open-identity.ts";
import { ensureAccounts } from "../../../../gateway/admin/accounts.ts";
import { accountOfPerson, mappedGroups } from "../../../../gateway/admin/oidc/provider-account.ts";
import { accountId } from "../../../../gateway/domain/account.ts";
import type { Refusal } from "../../../../gateway/domain/errors.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { accountStore, passkeyStore } from "../../../../gateway/store/accounts.ts";
import { Connection } from "../../../../gateway/store/connection.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";
import { TestClock, testIds } from "../../../support/builders.ts";
import { alice, providerSettings } from "../../../support/console/provider-settings.ts";
import { softwareAuthenticator } from "../../../support/console/software-authenticator.ts";

const issuer = "https://id.example";
const settings = providerSettings(issuer);

function world() {
  const connection = new Connection(openDatabase(":memory:"));
  const accounts = accountStore(connection);
  const clock = new TestClock();
  const people = accountPeople(accounts, clock, settings.rolesForMs);
  const come = (claims: JsonObject, subject = alice.sub) =>
    accountOfPerson(accounts, settings, { issuer, subject, claims, idToken: "" }, clock.now());
  return {
    accounts,
    clock,
    people,
    come,
    passkeys: passkeyStore(connection),
    given: { accounts, clock, ids: testIds() },
  };
}

const codeOf = (coming: Promise<unknown>): Promise<string> =>
  coming.then(
    () => "none",
    (thrown: unknown) => (thrown as Refusal).code,
  );

const claims: JsonObject = { ...alice, groups: [...alice.groups] };

describe("roles and teams", () => {
  test("come from the mapping alone; a team counts unmapped too", () => {
    const groups = { roles: ["approvers", "payments-approver", "operator"], teams: ["payments", "shop"] };
    expect(mappedGroups(groups, settings)).toEqual({
      roles: ["payments-approver", "data-approver"],
      teams: ["payments", "money", "shop"],
    });
  });

  test("are found at a JSON pointer, as a list or as one text", async () => {
    const nested = providerSettings(issuer, {
      claims: { name: "sub", roles: "/realm_access/roles", teams: null, also: [] },
    });
    const { accounts, clock } = world();
    const identity = { issuer, subject: "u", claims: { sub: "u", realm_access: { roles: "approvers" } }, idToken: "" };
    expect((await accountOfPerson(accounts, nested, identity, clock.now())).roles).toEqual([
      "payments-approver",
      "data-approver",
    ]);
  });

  test.each<[string, JsonObject, string]>([
    ["without a name", { ...claims, preferred_username: null }, "login_claims"],
    ["with a name that is not text", { ...claims, preferred_username: 7 }, "login_claims"],
    ["with a name of control characters", { ...claims, preferred_username: "al\u0000ice" }, "login_claims"],
    ["with a name that has a character nobody sees", { ...claims, preferred_username: "ali\uFE0Fce" }, "login_claims"],
    ["with a name that ends in a blank", { ...claims, preferred_username: "alice " }, "login_claims"],
    ["with groups of another shape", { ...claims, groups: [{ id: "approvers" }] }, "login_claims"],
    [
      "with groups left out for their length",
      { sub: "u", preferred_username: "a", _claim_names: { groups: "src1" } },
      "login_claims",
    ],
    ["without groups", { preferred_username: "alice" }, "login_roles"],
    ["with groups that give no role", { ...claims, groups: ["operator", "payments-approver"] }, "login_roles"],
  ])("refuse somebody %s", async (_what, given, code) => {
    expect(await codeOf(world().come(given))).toBe(code);
  });
});

const idOf = (subject = alice.sub) => accountId(issuer, subject);

describe("people of a provider", () => {
  test("are known with what was said last, for as long as that counts", async () => {
    const { come, people, clock } = world();
    await come(claims);
    expect(await people.current(idOf())).toMatchObject({
      name: "alice",
      roles: ["payments-approver", "data-approver"],
      also: [alice.sub, alice.email],
    });
    await come({ ...claims, groups: ["operators"] });
    expect((await people.current(idOf()))?.roles).toEqual(["operator"]);
    clock.advance(settings.rolesForMs);
    expect(await people.current(idOf())).toBeNull();
  });

  test("keep account and passkeys when one answer has no groups, and may not sign in until one has", async () => {
    const { come, people, accounts, passkeys } = world();
    await come(claims);
    await passkeys.add(softwareAuthenticator("http://localhost").passkey(idOf()), 1);
    expect(await codeOf(come({ ...claims, groups: [] }))).toBe("login_roles");
    expect([
      await people.current(idOf()),
      (await accounts.get(idOf()))?.roles,
      (await passkeys.of(idOf())).length,
    ]).toEqual([null, [], 1]);
    await come(claims);
    expect([(await people.current(idOf()))?.roles.length, (await passkeys.of(idOf())).length]).toEqual([2, 1]);
  });

  test("keep name, account and passkeys when the provider gives them a name that is taken", async () => {
    const { come, people, accounts, passkeys } = world();
    await come(claims);
    await come({ ...claims, preferred_username: "bob" }, "u-1002");
    await passkeys.add(softwareAuthenticator("http://localhost").passkey(idOf()), 1);
    expect(await codeOf(come({ ...claims, preferred_username: "bob", groups: ["operators"] }))).toBe("login_conflict");
    expect(await accounts.get(idOf())).toMatchObject({ name: "alice", roles: ["operator"] });
    expect([(await people.current(idOf()))?.name, (await passkeys.of(idOf())).length]).toEqual(["alice", 1]);
  });

  test("may not have a name that only looks like another one's", async () => {
    const { come, accounts } = world();
    await come(claims);
    for (const alike of ["\u0430lice", "ALICE", "\u{1D41A}lice"])
      expect(await codeOf(come({ ...claims, preferred_username: alike }, "u-2"))).toBe("login_conflict");
    expect(await accounts.list()).toHaveLength(1);
  });

  test("are the same person under a new name, with their passkeys, and the former name stays theirs", async () => {
    const { come, accounts, passkeys } = world();
    await come(claims);
    await passkeys.add(softwareAuthenticator("http://localhost").passkey(idOf()), 1);
    await come({ ...claims, preferred_username: "alice.b", email: "alice.b@shop.example" });
    await come({ ...claims, preferred_username: "alice.c", email: "alice.c@shop.example" });
    const { name, also } = (await accounts.get(idOf())) ?? {};
    expect([(await accounts.list()).length, name, (await passkeys.of(idOf())).length]).toEqual([1, "alice.c", 1]);
    const every = ["alice", alice.email, "alice.b", "alice.b@shop.example", "alice.c@shop.example", alice.sub];
    expect(also?.toSorted()).toEqual(every.toSorted());
  });

  test("cannot shed a name by taking many", async () => {
    const { come, accounts } = world();
    const taken = (from: number) => Array.from({ length: 400 }, (_, index) => `alice.${from + index}`);
    await come(claims);
    await come({ ...claims, email: taken(0) });
    await come({ ...claims, email: taken(400) });
    expect(await codeOf(come({ ...claims, email: taken(800) }))).toBe("login_claims");
    expect((await accounts.get(idOf()))?.also).toContain(alice.email);
  });

  test("have nothing of somebody who had their name before", async () => {
    const { come, people, accounts, passkeys } = world();
    await come(claims);
    await come({ ...claims, preferred_username: "alice.b" });
    await passkeys.add(softwareAuthenticator("http://localhost").passkey(idOf()), 1);
    await come({ ...claims, email: "other@shop.example", groups: ["operators"] }, "u-2");
    expect(await people.current(idOf("u-2"))).toMatchObject({
      name: "alice",
      roles: ["operator"],
      also: ["u-2", "other@shop.example"],
    });
    expect([
      (await people.current(idOf()))?.roles,
      await passkeys.of(idOf("u-2")),
      (await accounts.list()).length,
    ]).toEqual([["payments-approver", "data-approver"], [], 2]);
  });

  test("have no password, so none signs them in", async () => {
    const { come, accounts } = world();
    await come(claims);
    expect([(await accounts.get(idOf()))?.password, await accounts.withPassword("alice")]).toEqual([null, null]);
  });

  test("keep today's mapping over a restart, and may not sign in under another provider", async () => {
    const { come, accounts, people, given } = world();
    await come(claims);
    const other = providerSettings(issuer, { roles: new Map([["everybody", ["auditor"]]]) });
    await ensureAccounts([], given, other);
    expect((await accounts.get(idOf()))?.roles).toEqual(["auditor"]);
    await ensureAccounts([], given, providerSettings("https://other.example"));
    expect([await people.current(idOf()), (await accounts.list()).length]).toEqual([null, 1]);
    await ensureAccounts([], given, settings);
    expect((await people.current(idOf()))?.roles).toEqual(["payments-approver", "data-approver"]);
  });

  test("may not sign in under the name of a user of the configuration, and lose nothing else", async () => {
    const { come, accounts, people, given, passkeys } = world();
    await come(claims);
    await passkeys.add(softwareAuthenticator("http://localhost").passkey(idOf()), 1);
    await ensureAccounts([{ name: "alice", roles: [], teams: [], also: [] }], given, settings);
    expect(await accounts.withPassword("alice")).toMatchObject({ provider: null, roles: [] });
    expect([await people.current(idOf()), (await passkeys.of(idOf())).length]).toEqual([null, 1]);
    expect(await codeOf(come(claims))).toBe("login_conflict");
    await ensureAccounts([], given, settings);
    expect((await come(claims)).roles).toEqual(["payments-approver", "data-approver"]);
  });
});

describe("at the same time", () => {
  test("two people get one name once", async () => {
    const { come, accounts } = world();
    const both = await Promise.all([codeOf(come(claims, "u-1")), codeOf(come(claims, "u-2"))]);
    expect(both.toSorted()).toEqual(["login_conflict", "none"]);
    expect(await accounts.list()).toHaveLength(1);
  });

  test("two first sign-ins of one person make one account", async () => {
    const { come, accounts } = world();
    const [one, other] = await Promise.all([come(claims), come({ ...claims, email: "alice.b@shop.example" })]);
    expect(one.id).toBe(other.id);
    expect((await accounts.list()).map(({ also }) => also)).toEqual([
      expect.arrayContaining([alice.email, "alice.b@shop.example"]),
    ]);
  });

  test("who is removed while they sign in does not come back as the account that was removed", async () => {
    const { come, accounts, clock } = world();
    await come(claims);
    clock.advance(60_000);
    await Promise.all([come(claims), accounts.remove(idOf())]);
    expect(await accounts.get(idOf())).toBeNull();
    expect((await come(claims)).created_at).toBe(clock.now());
  });
});
