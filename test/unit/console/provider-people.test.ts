import { accountPeople } from "../../../gateway/compose/account-people.ts";
import { ensureAccounts } from "../../../gateway/console/accounts.ts";
import { mapped, welcome } from "../../../gateway/console/oidc/person.ts";
import type { Refusal } from "../../../gateway/domain/errors.ts";
import type { JsonObject } from "../../../gateway/domain/json.ts";
import { consoleAccounts } from "../../../gateway/store/console-accounts.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { passkeyStore } from "../../../gateway/store/passkeys.ts";
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

describe("people of a provider", () => {
  test("are known to the desk with what was said last, for as long as that counts", () => {
    const { come, people, clock } = world();
    come(claims);
    expect(people.current("alice")).toMatchObject({
      roles: ["payments-approver", "data-approver"],
      also: [alice.sub, alice.email],
    });
    come({ ...claims, groups: ["operators"] });
    expect(people.current("alice")?.roles).toEqual(["operator"]);
    clock.advance(settings.rolesForMs);
    expect(people.current("alice")).toBeNull();
  });

  test("are gone when nothing gives them a role any more", () => {
    const { come, people, accounts } = world();
    come(claims);
    expect(codeOf(() => come({ ...claims, groups: [] }))).toBe("login_roles");
    expect([people.current("alice"), accounts.list()]).toEqual([null, []]);
  });

  test("take a new name with them, and leave the old one and its passkeys", () => {
    const { come, accounts, passkeys } = world();
    come(claims);
    passkeys.add(softwareAuthenticator("http://localhost").passkey("alice"));
    come({ ...claims, preferred_username: "alice.b" });
    expect([accounts.list().map(({ name }) => name), passkeys.of("alice")]).toEqual([["alice.b"], []]);
  });

  test("have no password, so none signs them in", () => {
    const { come, accounts } = world();
    come(claims);
    expect(accounts.get("alice")?.password).toBeNull();
  });

  test("keep today's mapping over a restart, and are gone under another provider", async () => {
    const { come, accounts, given } = world();
    come(claims);
    const other = providerSettings(issuer, { roles: new Map([["everybody", ["auditor"]]]) });
    await ensureAccounts([], given, other);
    expect(accounts.get("alice")?.roles).toEqual(["auditor"]);
    await ensureAccounts([], given, providerSettings("https://other.example"));
    expect(accounts.list()).toEqual([]);
  });

  test("lose their name to a user of the configuration", async () => {
    const { come, accounts, given } = world();
    come(claims);
    await ensureAccounts([{ name: "alice", roles: [], teams: [], also: [] }], given, settings);
    expect(accounts.get("alice")).toMatchObject({ provider: null, roles: [] });
    expect(codeOf(() => come(claims))).toBe("login_conflict");
  });
});
