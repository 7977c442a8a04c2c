import { beginAt, finishAt, proveAt, signInAtProvider } from "../support/console/at-provider.ts";
import { clientWith, codeOf, cookiesOf, signIn } from "../support/console/client.ts";
import { startConsoleWithProvider, type WithProvider } from "../support/console/console-with-provider.ts";
import { alice, bob } from "../support/console/provider-settings.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";

let running: WithProvider;
beforeAll(async () => (running = await startConsoleWithProvider()));
afterAll(() => running.close());
afterEach(() => {
  running.provider.people.set(alice.sub, alice);
  running.provider.people.set(bob.sub, bob);
});

const twoPeople = { require: [{ role: "payments-approver", count: 2 }] };

function held(id: string, requirement = {}, actingFor = "carol@shop.example") {
  const binding = { acting_for: actingFor };
  running.desk.add(sampleApproval({ id, created: Date.now(), requirement, binding }));
  return { id, digest: running.desk.get(id)?.action_digest ?? "" };
}

describe("signing in at a provider", () => {
  test("gives the roles that the configuration maps the person's groups to, and no others", async () => {
    const client = await signInAtProvider(running.url, "alice");
    const session = (await (await client.request("GET", "/api/session")).json()) as Record<string, unknown>;
    expect(session).toMatchObject({
      user: "alice",
      roles: ["payments-approver", "data-approver"],
      method: "oidc",
      step_ups: [],
    });
  });

  test("lets nobody in whom no group gives a role", async () => {
    const trip = await beginAt(running.url);
    const answer = await finishAt(running.url, await trip.signInThere("mallory"), trip.cookie);
    expect([answer.status, await codeOf(answer), cookiesOf(answer)]).toEqual([403, "login_roles", ""]);
  });

  test("asks with PKCE, state and nonce, each anew", async () => {
    const [one, other] = await Promise.all([beginAt(running.url), beginAt(running.url)]);
    const asked = one.location.searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({ response_type: "code", code_challenge_method: "S256" });
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(asked.get(name)?.length).toBeGreaterThanOrEqual(43);
      expect(asked.get(name)).not.toBe(other.location.searchParams.get(name));
    }
  });

  test("ends whatever session the browser came with", async () => {
    const before = await signInAtProvider(running.url, "alice");
    const trip = await beginAt(running.url);
    await finishAt(running.url, await trip.signInThere("bob"), `${trip.cookie}; ${before.cookie}`);
    expect((await before.request("GET", "/api/session")).status).toBe(401);
  });

  test("says who turned back at the provider", async () => {
    const trip = await beginAt(running.url);
    const answer = await finishAt(running.url, await trip.signInThere("alice", "cancel"), trip.cookie);
    const { code, detail } = (await answer.json()) as { code: string; detail: string };
    expect([code, detail]).toEqual(["login_declined", "access_denied"]);
  });

  test("leads back to a page of this console only", async () => {
    for (const [asked, back] of [
      ["/approvals/a_1", "/approvals/a_1"],
      ["//evil.example", "/"],
      ["/\\evil.example", "/"],
      ["https://evil.example", "/"],
      ["/login/callback?code=x", "/"],
    ] as const) {
      const trip = await beginAt(running.url, asked);
      const answer = await finishAt(running.url, await trip.signInThere("alice"), trip.cookie);
      expect(((await answer.json()) as { return_to: string }).return_to).toBe(back);
    }
  });

  test("answers 503 while the provider is down, and 200 once it is back", async () => {
    const own = await startConsoleWithProvider();
    await own.provider.close();
    const answer = await fetch(`${own.url}/api/login/provider`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: '{"return_to":"/"}',
    });
    expect([answer.status, await codeOf(answer)]).toEqual([503, "login_unavailable"]);
    await own.close().catch(() => undefined);
  });
});

describe("an answer that is not the provider's to this browser", () => {
  async function refusal(change: (parameters: URLSearchParams) => void): Promise<string> {
    const trip = await beginAt(running.url);
    const parameters = new URLSearchParams(await trip.signInThere("alice"));
    change(parameters);
    return codeOf(await finishAt(running.url, `?${parameters}`, trip.cookie));
  }

  test("is refused with another state", async () => {
    expect(await refusal((given) => given.set("state", "forged"))).toBe("login_invalid");
  });

  test("is refused without a state, and with two", async () => {
    expect(await refusal((given) => given.delete("state"))).toBe("login_invalid");
    expect(await refusal((given) => given.append("state", "another"))).toBe("login_invalid");
  });

  test("is refused with the name of another issuer, and without one (RFC 9207)", async () => {
    expect(await refusal((given) => given.set("iss", "https://evil.example"))).toBe("login_invalid");
    expect(await refusal((given) => given.delete("iss"))).toBe("login_invalid");
  });

  test("is refused with a code that somebody else was given: neither verifier nor nonce are theirs", async () => {
    const [theirs, own] = await Promise.all([beginAt(running.url), beginAt(running.url)]);
    const stolen = new URLSearchParams(await theirs.signInThere("alice"));
    const mine = new URLSearchParams(await own.signInThere("bob"));
    mine.set("code", stolen.get("code") ?? "");
    expect(await codeOf(await finishAt(running.url, `?${mine}`, own.cookie))).toBe("login_invalid");
  });

  test("is refused with a nonce of another question", async () => {
    const trip = await beginAt(running.url);
    // What a page between the two could change on the way there: the provider then signs another nonce.
    trip.location.searchParams.set("nonce", "forged");
    expect(await codeOf(await finishAt(running.url, await trip.signInThere("alice"), trip.cookie))).toBe(
      "login_invalid",
    );
  });

  test("is refused in a browser that did not begin it, so that nobody is signed in as somebody else", async () => {
    const theirs = await beginAt(running.url);
    const victim = await beginAt(running.url);
    const parameters = await theirs.signInThere("bob");
    expect(await codeOf(await finishAt(running.url, parameters, ""))).toBe("login_expired");
    expect(await codeOf(await finishAt(running.url, parameters, victim.cookie))).toBe("login_invalid");
  });

  test("is refused the second time", async () => {
    const trip = await beginAt(running.url);
    const parameters = await trip.signInThere("alice");
    expect((await finishAt(running.url, parameters, trip.cookie)).status).toBe(200);
    expect(await codeOf(await finishAt(running.url, parameters, trip.cookie))).toBe("login_expired");
  });

  test("is refused with a code that was used before, even for a new question", async () => {
    const first = await beginAt(running.url);
    const used = new URLSearchParams(await first.signInThere("alice"));
    await finishAt(running.url, `?${used}`, first.cookie);
    const second = await beginAt(running.url);
    const again = new URLSearchParams(await second.signInThere("alice"));
    again.set("code", used.get("code") ?? "");
    expect(await codeOf(await finishAt(running.url, `?${again}`, second.cookie))).toBe("login_invalid");
  });

  test("is refused after ten minutes", async () => {
    const trip = await beginAt(running.url);
    const parameters = await trip.signInThere("alice");
    running.skip(10 * 60_000);
    expect(await codeOf(await finishAt(running.url, parameters, trip.cookie))).toBe("login_expired");
  });

  test("is refused when another site posts it", async () => {
    const answer = await fetch(`${running.url}/api/login/provider/finish`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" },
      body: '{"parameters":""}',
    });
    expect(await codeOf(answer)).toBe("csrf_refused");
  });
});

describe("what the provider says of people", () => {
  test("replaces what it said before, in open sessions too", async () => {
    const before = await signInAtProvider(running.url, "alice");
    running.provider.people.set(alice.sub, { ...alice, groups: ["operators"] });
    await signInAtProvider(running.url, "alice");
    const session = (await (await before.request("GET", "/api/session")).json()) as { roles: string[] };
    expect(session.roles).toEqual(["operator"]);
  });

  test("takes a vote back when its role is lost before the second one", async () => {
    const item = held("a_two", twoPeople);
    const vote = { vote: "approve", action_digest: item.digest };
    const first = await signInAtProvider(running.url, "alice");
    await first.request("POST", `/api/approvals/${item.id}/vote`, { body: vote });
    running.provider.people.set(alice.sub, { ...alice, groups: ["operators"] });
    await signInAtProvider(running.url, "alice");
    const second = await signInAtProvider(running.url, "bob");
    await second.request("POST", `/api/approvals/${item.id}/vote`, { body: vote });
    expect(running.desk.get(item.id)).toMatchObject({
      state: "held",
      votes: [{ approver: "alice" }, { approver: "bob" }],
    });
  });

  test("counts two votes when both keep their role", async () => {
    const item = held("a_both", twoPeople);
    for (const who of ["alice", "bob"]) {
      const client = await signInAtProvider(running.url, who);
      const body = { vote: "approve", action_digest: item.digest };
      await client.request("POST", `/api/approvals/${item.id}/vote`, { body });
    }
    expect(running.desk.get(item.id)?.state).toBe("approved");
    expect(running.desk.get(item.id)?.votes[1]).toMatchObject({
      method: "oidc",
      teams: ["payments", "money"],
      also: ["u-1002", "bob@shop.example"],
    });
  });

  test("keeps people from deciding about their own calls, under any name that the provider knows them by", async () => {
    for (const own of ["alice@shop.example", "u-1001", "alice"]) {
      const item = held(`a_own_${own}`, {}, own);
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

describe("proving again who one is, at the provider", () => {
  const proof = { proof: "reauthenticated" };

  test("lets the person vote where policy asks for it, once, for that call, and for a minute", async () => {
    const item = held("a_fresh", proof);
    const other = held("a_other", proof);
    const late = held("a_late", proof);
    const client = await signInAtProvider(running.url, "alice");
    const vote = (which: typeof item, by = client) =>
      by.request("POST", `/api/approvals/${which.id}/vote`, { body: { vote: "approve", action_digest: which.digest } });
    expect(await codeOf(await vote(item))).toBe("approval_step_up");

    const trip = await proveAt(client, { kind: "vote", action_digest: item.digest });
    expect(Object.fromEntries(trip.location.searchParams)).toMatchObject({ prompt: "login", max_age: "0" });
    const answer = await finishAt(running.url, await trip.signInThere("alice"), `${trip.cookie}; ${client.cookie}`);
    const { csrf } = (await answer.json()) as { csrf: string };
    const proven = clientWith(running.url, csrf, cookiesOf(answer));
    expect((await client.request("GET", "/api/session")).status).toBe(401);

    expect(await codeOf(await vote(other, proven))).toBe("approval_step_up");
    expect((await vote(item, proven)).status).toBe(200);
    expect(running.desk.get(item.id)?.votes[0]).toMatchObject({
      method: "reauthenticated",
      evidence: { by: "oidc", issuer: running.provider.issuer, auth_time: expect.any(Number) as number },
    });

    const again = await proveAt(proven, { kind: "vote", action_digest: late.digest });
    const last = await finishAt(running.url, await again.signInThere("alice"), `${again.cookie}; ${proven.cookie}`);
    running.skip(60_000);
    const slow = clientWith(running.url, csrf, cookiesOf(last));
    expect(await codeOf(await vote(late, slow))).toBe("approval_step_up");
  });

  test("is refused when somebody else signed in there", async () => {
    const client = await signInAtProvider(running.url, "alice");
    const trip = await proveAt(client, { kind: "passkeys" });
    const answer = await finishAt(running.url, await trip.signInThere("bob"), `${trip.cookie}; ${client.cookie}`);
    expect(await codeOf(answer)).toBe("step_up_person");
  });

  test("is refused when the provider did not ask anew", async () => {
    const client = await signInAtProvider(running.url, "alice");
    const trip = await proveAt(client, { kind: "passkeys" });
    // As a provider that ignores both parameters does: it says nothing about when it asked.
    for (const name of ["prompt", "max_age"]) trip.location.searchParams.delete(name);
    const answer = await finishAt(running.url, await trip.signInThere("alice"), `${trip.cookie}; ${client.cookie}`);
    expect(await codeOf(answer)).toBe("step_up_stale");
  });

  test("is refused when the session that asked is over", async () => {
    const client = await signInAtProvider(running.url, "alice");
    const trip = await proveAt(client, { kind: "passkeys" });
    await client.request("POST", "/api/logout", {});
    const answer = await finishAt(running.url, await trip.signInThere("alice"), `${trip.cookie}; ${client.cookie}`);
    expect([await codeOf(answer), cookiesOf(answer)]).toEqual(["session_required", ""]);
  });

  test("is not for local users, who have a password", async () => {
    const local = await signIn(running);
    const answer = await local.request("POST", "/api/step-up/provider", {
      body: { for: { kind: "passkeys" }, return_to: "/account" },
    });
    expect(await codeOf(answer)).toBe("resource_unknown");
  });
});

describe("signing out", () => {
  test("offers to end the session at the provider too, where it announces how", async () => {
    const client = await signInAtProvider(running.url, "alice");
    const answer = await client.request("POST", "/api/logout", {});
    const { sign_out_at } = (await answer.json()) as { sign_out_at: string };
    const url = new URL(sign_out_at);
    expect([url.origin, url.searchParams.get("post_logout_redirect_uri")]).toEqual([
      running.provider.issuer,
      `${running.url}/`,
    ]);
    expect((await fetch(url)).status).toBe(200);
    expect((await client.request("GET", "/api/session")).status).toBe(401);
  });

  test("answers 204 for a local user", async () => {
    const local = await signIn(running);
    expect((await local.request("POST", "/api/logout", {})).status).toBe(204);
  });
});
