import { absoluteMs, idleMs } from "../../../../gateway/admin/sessions.ts";
import { codeOf, login, signIn } from "../../../support/console/client.ts";
import { type RunningConsole, startConsole } from "../../../support/console/start-console.ts";

let running: RunningConsole;
beforeAll(async () => (running = await startConsole({ stopped: true })));
afterAll(() => running.close());

describe("signing in", () => {
  test("gives a session with the account's roles and a token for changes", async () => {
    const client = await signIn(running);
    const session = (await (await client.request("GET", "/api/session")).json()) as Record<string, unknown>;
    expect(session).toMatchObject({
      user: "approver",
      roles: ["payments-approver", "data-approver", "operator"],
      csrf: client.csrf,
    });
  });

  test("sets cookies that no script reads and no other site sends", async () => {
    const answer = await login(running, running.user, running.password);
    const [strong, plain] = answer.headers.getSetCookie();
    const port = new URL(running.url).port;
    expect(strong).toMatch(
      new RegExp(`^__Host-sallyport-${port}=.+; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$`),
    );
    expect(plain).toMatch(new RegExp(`^sallyport-${port}=.+; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict$`));
  });

  test("refuses a wrong password and an unknown name with the same answer", async () => {
    const answers = await Promise.all([login(running, "approver", "wrong"), login(running, "nobody", "wrong")]);
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.map((answer) => answer.status)).toEqual([401, 401]);
    expect(bodies[0]).toBe(bodies[1]);
  });

  test("slows down after five failures, and forgives once the wait is over", async () => {
    const own = await startConsole({ stopped: true });
    for (let attempt = 0; attempt < 5; attempt += 1) expect((await login(own, "approver", "wrong")).status).toBe(401);
    const refused = await login(own, own.user, own.password);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    own.skip(1_100);
    expect((await login(own, own.user, own.password)).status).toBe(200);
    await own.close();
  });

  async function failAs(own: RunningConsole, addresses: readonly string[]): Promise<void> {
    for (const address of addresses)
      expect((await login(own, "approver", "wrong", { "X-Forwarded-For": address })).status).toBe(401);
  }

  test("counts failures by the address that a trusted proxy names, the last one that is no proxy's", async () => {
    const own = await startConsole({ stopped: true, trustedProxies: ["127.0.0.0/8", "10.0.0.1"] });
    await failAs(own, Array(5).fill("198.51.100.9, 203.0.113.7, 10.0.0.1"));
    const from = async (address: string) =>
      (await login(own, own.user, own.password, { "X-Forwarded-For": address })).status;
    expect(await from("198.51.100.9, 203.0.113.7")).toBe(429);
    expect(await from("203.0.113.7, 198.51.100.9")).toBe(200);
    await own.close();
  });

  test.each([
    ["203.0.113.7:50312", "203.0.113.7:50999", "198.51.100.9:50312"],
    ["[2001:db8::7]:50312", "[2001:db8::7]", "[2001:db8:1::9]:50312"],
  ])("reads the address of %s, as proxies write it that add the port", async (first, again, other) => {
    const own = await startConsole({ stopped: true, trustedProxies: ["127.0.0.0/8"] });
    await failAs(own, Array(5).fill(first));
    const from = async (address: string) =>
      (await login(own, own.user, own.password, { "X-Forwarded-For": address })).status;
    expect([await from(again), await from(other)]).toEqual([429, 200]);
    await own.close();
  });

  test("does not believe an address from a connection that is no trusted proxy's", async () => {
    const own = await startConsole({ stopped: true, trustedProxies: ["10.0.0.1"] });
    await failAs(own, ["1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4", "5.5.5.5"]);
    const answer = await login(own, own.user, own.password, { "X-Forwarded-For": "6.6.6.6" });
    expect(answer.status).toBe(429);
    await own.close();
  });

  test("answers a name that exists and an invented one alike at every step to being slowed down", async () => {
    const own = await startConsole({ stopped: true });
    const answers = async (name: string) => {
      const told = [];
      for (let attempt = 0; attempt < 7; attempt += 1) {
        const answer = await login(own, name, "wrong");
        told.push([answer.status, answer.headers.get("retry-after"), await answer.text()]);
        if (answer.status === 429) own.skip(1_000);
      }
      return told;
    };
    expect(await answers("approver")).toEqual(await answers("invented"));
    await own.close();
  });

  test("ends the session that the browser came with", async () => {
    const before = await signIn(running);
    await login(running, running.user, running.password, { Cookie: before.cookie });
    expect((await before.request("GET", "/api/session")).status).toBe(401);
  });

  test("names what is wrong with a malformed request", async () => {
    const answer = await fetch(`${running.url}/api/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: '{"user":"a","pass":"b"}',
    });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { detail: string }).detail).toMatch(/password: .*Unrecognized key: "pass"/);
  });
});

describe("a session", () => {
  test("ends after half an hour without activity", async () => {
    const client = await signIn(running);
    running.skip(idleMs - 1_000);
    expect((await client.request("GET", "/api/session")).status).toBe(200);
    running.skip(idleMs - 1_000);
    expect((await client.request("GET", "/api/session", { headers: { "X-Passive": "1" } })).status).toBe(200);
    running.skip(2_000);
    expect(await codeOf(await client.request("GET", "/api/session"))).toBe("session_required");
  });

  test("ends after twelve hours however active", async () => {
    const client = await signIn(running);
    for (let at = idleMs / 2; at < absoluteMs; at += idleMs / 2) {
      running.skip(idleMs / 2);
      expect((await client.request("GET", "/api/session")).status).toBe(200);
    }
    // Active half of the idle time ago, so it is not for idleness that it ends.
    running.skip(idleMs / 2);
    expect((await client.request("GET", "/api/session")).status).toBe(401);
  });

  test("ends at sign-out", async () => {
    const client = await signIn(running);
    expect((await client.request("POST", "/api/logout")).status).toBe(204);
    expect((await client.request("GET", "/api/session")).status).toBe(401);
  });

  test("has the roles of today, not those of sign-in", async () => {
    const client = await signIn(running);
    await running.setRoles(["data-approver"]);
    const session = (await (await client.request("GET", "/api/session")).json()) as { roles: string[] };
    await running.setRoles(["payments-approver", "data-approver", "operator"]);
    expect(session.roles).toEqual(["data-approver"]);
  });
});
