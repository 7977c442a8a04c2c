import { beginAt, finishAt, signInAtProvider } from "../support/console/at-provider.ts";
import { codeOf, cookiesOf } from "../support/console/client.ts";
import { startConsoleWithProvider, type WithProvider } from "../support/console/console-with-provider.ts";
import { alice, bob } from "../support/console/provider-settings.ts";

let running: WithProvider;
beforeAll(async () => (running = await startConsoleWithProvider()));
afterAll(() => running.close());
afterEach(() => {
  running.provider.people.set(alice.sub, alice);
  running.provider.people.set(bob.sub, bob);
});

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

  test.each(["id_token", "token", "response"])(
    "is refused with a made-up %s, and does not make the console look the provider up again",
    async (name) => {
      expect(await refusal((given) => given.set(name, "e30.e30.x"))).toBe("login_invalid");
      const before = running.provider.discoveries();
      for (let call = 0; call < 5; call += 1) await refusal((given) => given.set(name, "e30.e30.x"));
      expect(running.provider.discoveries()).toBe(before);
      await signInAtProvider(running.url, "alice");
    },
  );

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
