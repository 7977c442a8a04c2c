import { consoleSessions, idleMs } from "../../../gateway/admin/sessions.ts";
import { isFresh } from "../../../gateway/admin/oidc/provider-login.ts";
import { clientWith, codeOf, type ConsoleClient, cookiesOf, signIn } from "../../support/console/client.ts";
import { sampleApproval } from "../../support/console/sample-approvals.ts";
import { ids, type RunningConsole, startConsole } from "../../support/console/start-console.ts";
import { TestClock } from "../../support/builders.ts";

let running: RunningConsole;
beforeAll(async () => (running = await startConsole()));
afterAll(() => running.close());

async function held(id: string): Promise<{ id: string; digest: string }> {
  await running.service.add(sampleApproval({ id, created: Date.now(), requirement: { proof: "reauthenticated" } }));
  return { id, digest: (await running.service.get(id))?.action_digest ?? "" };
}

function prove(client: ConsoleClient, digest: string, password = running.password): Promise<Response> {
  return client.request("POST", "/api/step-up", { body: { for: { kind: "vote", action_digest: digest }, password } });
}

function approve(client: ConsoleClient, { id, digest }: { id: string; digest: string }): Promise<Response> {
  return client.request("POST", `/api/approvals/${id}/vote`, { body: { vote: "approve", action_digest: digest } });
}

describe("giving the password again", () => {
  test("lets a person vote where policy asks for it, for that call alone and for a minute", async () => {
    const [item, other] = [await held("a_one"), await held("a_two")];
    const client = await signIn(running);
    expect(await codeOf(await approve(client, item))).toBe("approval_step_up");
    const answer = await prove(client, item.digest);
    const proven = clientWith(running.url, client.csrf, cookiesOf(answer));
    expect(await codeOf(await approve(proven, other))).toBe("approval_step_up");
    expect((await approve(proven, item)).status).toBe(200);
    expect((await running.service.get(item.id))?.votes).toMatchObject([
      { method: "reauthenticated", evidence: { by: "password", at: expect.any(String) as string } },
    ]);
    const late = clientWith(running.url, client.csrf, cookiesOf(await prove(proven, other.digest)));
    running.skip(60_000);
    expect(await codeOf(await approve(late, other))).toBe("approval_step_up");
  });

  test("gives the session another id; the old one is worth nothing, and the end of the session stays", async () => {
    const client = await signIn(running);
    const before = (await (await client.request("GET", "/api/session")).json()) as { ends_at: number };
    const answer = await prove(client, "sha256:1");
    const after = (await answer.json()) as { ends_at: number; step_ups: { purpose: string }[] };
    expect(Math.abs(after.ends_at - before.ends_at)).toBeLessThan(1_000);
    expect(after).toMatchObject({ step_ups: [{ purpose: "vote sha256:1" }] });
    expect(cookiesOf(answer)).not.toBe(client.cookie);
    expect((await client.request("GET", "/api/session")).status).toBe(401);
  });

  test("is slowed down as at sign-in, and a wrong one proves nothing", async () => {
    const own = await startConsole();
    const client = await signIn(own);
    // The wait doubles with each failure, so that this holds however slowly they are made.
    const answers = [];
    for (let attempt = 0; attempt < 12; attempt += 1)
      answers.push(await (await prove(client, "sha256:1", "wrong")).json());
    const codes = answers.map((answer) => (answer as { code: string }).code);
    expect(codes[0]).toBe("login_failed");
    expect(codes).toContain("login_throttled");
    expect((await client.request("GET", "/api/session")).status).toBe(200);
    await own.close();
  });
});

describe("an open stream", () => {
  test("goes on when the session gets another id, and ends with it", () => {
    const account = { id: "a", name: "a", password: "", roles: [], teams: [], also: [], created_at: 0, provider: null };
    const clock = new TestClock();
    const sessions = consoleSessions({ accounts: { get: () => account }, clock, ids, providerForMs: 0 });
    const first = sessions.start("a", { method: "password", idToken: null });
    const goesOn = sessions.follow(first.id);
    const second = sessions.stepUp(first, { purpose: "p", until: clock.now() + 1_000, evidence: {} });
    expect([goesOn?.(), sessions.find(first.id, false), sessions.find(second.id, false)?.csrf]).toEqual([
      true,
      null,
      first.csrf,
    ]);
    clock.advance(1_000);
    expect(sessions.find(second.id, false)?.stepUps).toEqual([]);
    clock.advance(idleMs);
    expect(goesOn?.()).toBe(false);
    const third = sessions.start("a", { method: "password", idToken: null });
    const stillOn = sessions.follow(third.id);
    sessions.end(third.id);
    expect([stillOn?.(), sessions.follow("unknown")]).toEqual([false, null]);
  });
});

describe("a provider's answer to max_age=0", () => {
  test.each([
    ["asked while the person was there", { auth_time: 1_000, iat: 1_005 }, 10_000, true],
    ["with the clock of the provider years ahead", { auth_time: 9_000_000, iat: 9_000_001 }, 10_000, true],
    ["asked a minute before the person was sent", { auth_time: 1_000, iat: 1_070 }, 10_000, false],
    ["asked in the future", { auth_time: 1_100, iat: 1_000 }, 10_000, false],
    ["silent about when", { iat: 1_000 }, 10_000, false],
    ["in words", { auth_time: "1000", iat: 1_000 }, 10_000, false],
  ])("%s", (_what, claims, elapsedMs, fresh) => {
    expect(isFresh(claims, elapsedMs)).toBe(fresh);
  });
});
