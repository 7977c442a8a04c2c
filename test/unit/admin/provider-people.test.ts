import { accountPeople } from "../../../gateway/compose/open-people.ts";
import { ensureAccounts } from "../../../gateway/admin/accounts.ts";
import { mapped, welcome } from "../../../gateway/admin/oidc/provider-account.ts";
import { accountId } from "../../../gateway/domain/account.ts";
import type { Refusal } from "../../../gateway/domain/errors.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { consoleAccounts, passkeyStore } from "../../../gateway/store/people.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { TestClock, testIds } from "../../support/builders.ts";
import { alice, providerSettings } from "../../support/console/provider-settings.ts";
import { softwareAuthenticator } from "../../support/console/software-authenticator.ts";

const issuer = "https://id.example";
const settings = providerSettings(issuer);

function world() {
  const database = openDatabase(":memory:");
  const accounts = consoleAccounts(database);
  const clock = new TestClock();
  const people = accountPeople(accounts, clock, settings.rolesForMs);
  const come = (claims: JsonObject, subject = alice.sub) =>
    welcome(accounts, settings, { issuer, subject, claims, idToken: "" }, clock.now());
  return {
    accounts,
    clock,
    people,
    come,
    passkeys: passkeyStore(database),
    given: { accounts, clock, ids: testIds() },
  };
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    return (thrown as Refusal).code;
  }
  return "none";
}

const claims: JsonObject = { ...alice, groups: [...alice.groups] };

describe("roles and teams", () => {
  test("come from the mapping alone; a team counts unmapped too", () => {
    const groups = { roles: ["approvers", "payments-approver", "operator"], teams: ["payments", "shop"] };
    expect(mapped(groups, settings)).toEqual({
      roles: ["payments-approver", "data-approver"],
      teams: ["payments", "money", "shop"],
    });
  });

  test("are found at a JSON pointer, as a list or as one text", () => {
    const nested = providerSettings(issuer, {
      claims: { name: "sub", roles: "/realm_access/roles", teams: null, also: [] },
    });
    const { accounts, clock } = world();
    const vouched = { issuer, subject: "u", claims: { sub: "u", realm_access: { roles: "approvers" } }, idToken: "" };
    expect(welcome(accounts, nested, vouched, clock.now()).roles).toEqual(["payments-approver", "data-approver"]);
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
  ])("refuse somebody %s", (_what, given, code) => {
    expect(codeOf(() => world().come(given))).toBe(code);
  });
});

const idOf = (subject = alice.sub) => accountId(issuer, subject);

describe("people of a provider", () => {
  test("are known to the desk with what was said last, for as long as that counts", async () => {
    const { come, people, clock } = world();
    come(claims);
    expect(await people.current(idOf())).toMatchObject({
      name: "alice",
      roles: ["payments-approver", "data-approver"],
      also: [alice.sub, alice.email],
    });
    come({ ...claims, groups: ["operators"] });
    expect((await people.current(idOf()))?.roles).toEqual(["operator"]);
    clock.advance(settings.rolesForMs);
    expect(await people.current(idOf())).toBeNull();
  });

  test("keep account and passkeys when one answer has no groups, and may not sign in until one has", async () => {
    const { come, people, accounts, passkeys } = world();
    come(claims);
    passkeys.add(softwareAuthenticator("http://localhost").passkey(idOf()));
    expect(codeOf(() => come({ ...claims, groups: [] }))).toBe("login_roles");
    expect([await people.current(idOf()), accounts.get(idOf())?.roles, passkeys.of(idOf()).length]).toEqual([
      null,
      [],
      1,
    ]);
    come(claims);
    expect([(await people.current(idOf()))?.roles.length, passkeys.of(idOf()).length]).toEqual([2, 1]);
  });

  test("keep name, account and passkeys when the provider gives them a name that is taken", async () => {
    const { come, people, accounts, passkeys } = world();
    come(claims);
    come({ ...claims, preferred_username: "bob" }, "u-1002");
    passkeys.add(softwareAuthenticator("http://localhost").passkey(idOf()));
    expect(codeOf(() => come({ ...claims, preferred_username: "bob", groups: ["operators"] }))).toBe("login_conflict");
    expect(accounts.get(idOf())).toMatchObject({ name: "alice", roles: ["operator"] });
    expect([(await people.current(idOf()))?.name, passkeys.of(idOf()).length]).toEqual(["alice", 1]);
  });

  test("may not have a name that only looks like another one's", () => {
    const { come, accounts } = world();
    come(claims);
    for (const alike of ["\u0430lice", "ALICE", "\u{1D41A}lice"])
      expect(codeOf(() => come({ ...claims, preferred_username: alike }, "u-2"))).toBe("login_conflict");
    expect(accounts.list()).toHaveLength(1);
  });

  test("are the same person under a new name, with their passkeys, and the former name stays theirs", () => {
    const { come, accounts, passkeys } = world();
    come(claims);
    passkeys.add(softwareAuthenticator("http://localhost").passkey(idOf()));
    come({ ...claims, preferred_username: "alice.b", email: "alice.b@shop.example" });
    come({ ...claims, preferred_username: "alice.c", email: "alice.c@shop.example" });
    const { name, also } = accounts.get(idOf()) ?? {};
    expect([accounts.list().length, name, passkeys.of(idOf()).length]).toEqual([1, "alice.c", 1]);
    const every = ["alice", alice.email, "alice.b", "alice.b@shop.example", "alice.c@shop.example", alice.sub];
    expect(also?.toSorted()).toEqual(every.toSorted());
  });

  test("cannot shed a name by taking many", () => {
    const { come, accounts } = world();
    const taken = (from: number) => Array.from({ length: 400 }, (_, index) => `alice.${from + index}`);
    come(claims);
    come({ ...claims, email: taken(0) });
    come({ ...claims, email: taken(400) });
    expect(codeOf(() => come({ ...claims, email: taken(800) }))).toBe("login_claims");
    expect(accounts.get(idOf())?.also).toContain(alice.email);
  });

  test("have nothing of somebody who had their name before", async () => {
    const { come, people, accounts, passkeys } = world();
    come(claims);
    come({ ...claims, preferred_username: "alice.b" });
    passkeys.add(softwareAuthenticator("http://localhost").passkey(idOf()));
    come({ ...claims, email: "other@shop.example", groups: ["operators"] }, "u-2");
    expect(await people.current(idOf("u-2"))).toMatchObject({
      name: "alice",
      roles: ["operator"],
      also: ["u-2", "other@shop.example"],
    });
    expect([(await people.current(idOf()))?.roles, passkeys.of(idOf("u-2")), accounts.list().length]).toEqual([
      ["payments-approver", "data-approver"],
      [],
      2,
    ]);
  });

  test("have no password, so none signs them in", () => {
    const { come, accounts } = world();
    come(claims);
    expect([accounts.get(idOf())?.password, accounts.withPassword("alice")]).toEqual([null, null]);
  });

  test("keep today's mapping over a restart, and may not sign in under another provider", async () => {
    const { come, accounts, people, given } = world();
    come(claims);
    const other = providerSettings(issuer, { roles: new Map([["everybody", ["auditor"]]]) });
    await ensureAccounts([], given, other);
    expect(accounts.get(idOf())?.roles).toEqual(["auditor"]);
    await ensureAccounts([], given, providerSettings("https://other.example"));
    expect([await people.current(idOf()), accounts.list().length]).toEqual([null, 1]);
    await ensureAccounts([], given, settings);
    expect((await people.current(idOf()))?.roles).toEqual(["payments-approver", "data-approver"]);
  });

  test("may not sign in under the name of a user of the configuration, and lose nothing else", async () => {
    const { come, accounts, people, given, passkeys } = world();
    come(claims);
    passkeys.add(softwareAuthenticator("http://localhost").passkey(idOf()));
    await ensureAccounts([{ name: "alice", roles: [], teams: [], also: [] }], given, settings);
    expect(accounts.withPassword("alice")).toMatchObject({ provider: null, roles: [] });
    expect([await people.current(idOf()), passkeys.of(idOf()).length]).toEqual([null, 1]);
    expect(codeOf(() => come(claims))).toBe("login_conflict");
    await ensureAccounts([], given, settings);
    expect(come(claims).roles).toEqual(["payments-approver", "data-approver"]);
  });
});

test("a user of the configuration who comes back is somebody else", async () => {
  const { accounts, given } = world();
  const user = { name: "alice", roles: ["a"], teams: [], also: [] };
  await ensureAccounts([user], given);
  const first = accounts.withPassword("alice")?.id;
  await ensureAccounts([], given);
  await ensureAccounts([user], given);
  expect(accounts.withPassword("alice")?.id).not.toBe(first);
});
