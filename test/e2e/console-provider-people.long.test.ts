import { votesThatCount } from "../../gateway/approvals/vote-checks.ts";
import { accountPeople } from "../../gateway/compose/open-identity.ts";
import { accountId } from "../../gateway/domain/account.ts";
import { signInAtProvider } from "../support/console/at-provider.ts";
import { codeOf, type ConsoleClient, signIn } from "../support/console/client.ts";
import { startConsoleWithProvider, type WithProvider } from "../support/console/console-with-provider.ts";
import { alice, bob } from "../support/console/provider-settings.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";
import { softwareAuthenticator } from "../support/console/software-authenticator.ts";

let running: WithProvider;
beforeAll(async () => (running = await startConsoleWithProvider()));
afterAll(() => running.close());
afterEach(() => {
  running.provider.people.set(alice.sub, alice);
  running.provider.people.set(bob.sub, bob);
});

const twoPeople = { require: [{ role: "payments-approver", count: 2 }] };

async function held(id: string, requirement = {}, actingFor = "carol@shop.example") {
  const binding = { acting_for: actingFor };
  await running.service.add(sampleApproval({ id, created: Date.now(), requirement, binding }));
  return { id, digest: (await running.service.get(id))?.action_digest ?? "" };
}

describe("what the provider says of people", () => {
  test("replaces what it said before, in open sessions too", async () => {
    const before = await signInAtProvider(running.url, "alice");
    running.provider.people.set(alice.sub, { ...alice, groups: ["operators"] });
    await signInAtProvider(running.url, "alice");
    const session = (await (await before.request("GET", "/api/session")).json()) as { roles: string[] };
    expect(session.roles).toEqual(["operator"]);
  });

  test("takes a vote back when its role is lost before the second one", async () => {
    const item = await held("a_two", twoPeople);
    const vote = { vote: "approve", action_digest: item.digest };
    const first = await signInAtProvider(running.url, "alice");
    await first.request("POST", `/api/approvals/${item.id}/vote`, { body: vote });
    running.provider.people.set(alice.sub, { ...alice, groups: ["operators"] });
    await signInAtProvider(running.url, "alice");
    const second = await signInAtProvider(running.url, "bob");
    await second.request("POST", `/api/approvals/${item.id}/vote`, { body: vote });
    expect(await running.service.get(item.id)).toMatchObject({
      state: "held",
      votes: [{ approver: "alice" }, { approver: "bob" }],
    });
  });

  test("counts two votes when both keep their role", async () => {
    const item = await held("a_both", twoPeople);
    for (const who of ["alice", "bob"]) {
      const client = await signInAtProvider(running.url, who);
      const body = { vote: "approve", action_digest: item.digest };
      await client.request("POST", `/api/approvals/${item.id}/vote`, { body });
    }
    expect((await running.service.get(item.id))?.state).toBe("approved");
    expect((await running.service.get(item.id))?.votes[1]).toMatchObject({
      method: "oidc",
      teams: ["payments", "money"],
      also: ["u-1002", "bob@shop.example"],
    });
  });

  test("keeps people from deciding about their own calls, under any name that the provider knows them by", async () => {
    for (const own of ["alice@shop.example", "u-1001", "alice"]) {
      const item = await held(`a_own_${own}`, {}, own);
      const client = await signInAtProvider(running.url, "alice");
      const body = { vote: "approve", action_digest: item.digest };
      const answer = await client.request("POST", `/api/approvals/${item.id}/vote`, { body });
      expect(await codeOf(answer)).toBe("approval_self");
    }
  });

  test("ends all sessions of somebody whom no group gives a role any more", async () => {
    const before = await signInAtProvider(running.url, "bob");
    running.provider.people.set(bob.sub, { ...bob, groups: [] });
    await expect(signInAtProvider(running.url, "bob")).rejects.toThrow(/login_roles/);
    expect((await before.request("GET", "/api/session")).status).toBe(401);
  });

  test("does not give one person's name to another, nor a local user's", async () => {
    await signInAtProvider(running.url, "alice");
    running.provider.people.set(bob.sub, { ...bob, preferred_username: "alice" });
    running.provider.people.delete(alice.sub);
    await expect(signInAtProvider(running.url, "alice")).rejects.toThrow(/login_conflict/);
    running.provider.people.set(bob.sub, { ...bob, preferred_username: running.user });
    await expect(signInAtProvider(running.url, running.user)).rejects.toThrow(/login_conflict/);
  });

  test("counts for as long as the configuration says, then a new sign-in is needed", async () => {
    const own = await startConsoleWithProvider({ settings: { rolesForMs: 5 * 60_000 } });
    const client = await signInAtProvider(own.url, "alice");
    own.skip(5 * 60_000 - 5_000);
    expect((await client.request("GET", "/api/session")).status).toBe(200);
    own.skip(5_000);
    expect((await client.request("GET", "/api/session")).status).toBe(401);
    await own.close();
  });
});

describe("a name", () => {
  /** alice is called otherwise now, and somebody else is called alice; both have signed in since. */
  async function handOver(): Promise<ConsoleClient> {
    running.provider.people.set(alice.sub, { ...alice, preferred_username: "alice.b", email: "alice.b@shop.example" });
    await signInAtProvider(running.url, "alice.b");
    running.provider.people.set(bob.sub, { ...bob, preferred_username: "alice", groups: ["approvers", "operators"] });
    return signInAtProvider(running.url, "alice");
  }
  afterEach(async () => {
    running.provider.people.set(bob.sub, bob);
    await signInAtProvider(running.url, "bob");
    running.provider.people.set(alice.sub, alice);
    await signInAtProvider(running.url, "alice");
  });

  test("gives the one who has it now nothing of the one who had it, and takes nothing from either", async () => {
    const first = await signInAtProvider(running.url, "alice");
    const second = await handOver();
    const who = async (client: ConsoleClient) => (await client.request("GET", "/api/session")).json();
    expect(await who(first)).toMatchObject({ user: "alice.b", roles: ["payments-approver", "data-approver"] });
    expect(await who(second)).toMatchObject({ user: "alice", roles: expect.arrayContaining(["operator"]) as string[] });
  });

  test("does not make a vote somebody else's: a void one stays void", async () => {
    const item = await held("a_handed", { require: [{ role: "payments-approver", count: 3 }] });
    const vote = { vote: "approve", action_digest: item.digest };
    const first = await signInAtProvider(running.url, "alice");
    await first.request("POST", `/api/approvals/${item.id}/vote`, { body: vote });
    await handOver();
    const accountOfAlice = accountId(running.provider.issuer, alice.sub);
    expect((await running.service.get(item.id))?.votes).toMatchObject([{ approver: "alice", account: accountOfAlice }]);
    running.provider.people.set(alice.sub, { ...alice, preferred_username: "alice.b", groups: [] });
    await expect(signInAtProvider(running.url, "alice.b")).rejects.toThrow(/login_roles/);
    const approval = await running.service.get(item.id);
    const people = accountPeople(running.accounts, { now: () => running.now(), monotonic: () => 0 }, 60_000);
    expect(approval && (await votesThatCount(approval, people))).toEqual([]);
  });

  test("that somebody had stays theirs: they still cannot decide about their own earlier calls", async () => {
    await handOver();
    const client = await signInAtProvider(running.url, "alice.b");
    for (const own of ["alice", alice.email, "alice.b"]) {
      const item = await held(`a_renamed_${own}`, {}, own);
      const body = { vote: "approve", action_digest: item.digest };
      expect(await codeOf(await client.request("POST", `/api/approvals/${item.id}/vote`, { body }))).toBe(
        "approval_self",
      );
    }
  });
});

describe("an account", () => {
  test("is removed by an operator alone, and its sessions, streams, votes and passkeys end with it", async () => {
    const item = await held("a_removed", twoPeople);
    const id = accountId(running.provider.issuer, bob.sub);
    const client = await signInAtProvider(running.url, "bob");
    await client.request("POST", `/api/approvals/${item.id}/vote`, {
      body: { vote: "approve", action_digest: item.digest },
    });
    await running.passkeys.add(softwareAuthenticator("http://localhost").passkey(id), 1);
    const events = await client.request("GET", "/api/events");
    const remove = (by: ConsoleClient) =>
      by.request("POST", `/api/people/${encodeURIComponent(id)}/remove`, { body: { reason: "left" } });

    expect(await codeOf(await remove(client))).toBe("role_required");
    const operator = await signIn(running);
    expect((await remove(operator)).status).toBe(204);

    expect(await events.text()).toContain("event: ended");
    expect([(await client.request("GET", "/api/session")).status, await running.passkeys.of(id)]).toEqual([401, []]);
    const other = await signInAtProvider(running.url, "alice");
    await other.request("POST", `/api/approvals/${item.id}/vote`, {
      body: { vote: "approve", action_digest: item.digest },
    });
    expect((await running.service.get(item.id))?.state).toBe("held");
    await signInAtProvider(running.url, "bob");
    expect((await client.request("GET", "/api/session")).status).toBe(401);
  });

  test("of a user of the configuration is removed there, and an unknown one is said to be unknown", async () => {
    const operator = await signIn(running);
    const remove = (id: string) =>
      operator.request("POST", `/api/people/${encodeURIComponent(id)}/remove`, { body: { reason: "left" } });
    expect(await codeOf(await remove(running.account))).toBe("account_configured");
    expect(await codeOf(await remove("nobody"))).toBe("account_unknown");
  });
});
