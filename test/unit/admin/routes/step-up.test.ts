import { sessionRoutes, type SignInDeps, signInRoutes } from "../../../../gateway/admin/routes/sign-in.ts";
import type { StepUp } from "../../../../gateway/admin/sessions.ts";
import { TestClock } from "../../../support/builders.ts";
import { clientWith, codeOf, type ConsoleClient, cookiesOf, signIn } from "../../../support/console/client.ts";
import { sampleApproval } from "../../../support/console/sample-approvals.ts";
import { type MountedRoutes, mountRoutes, testSession } from "../../../support/console/mount-routes.ts";
import { type RunningConsole, startConsole } from "../../../support/console/start-console.ts";
import { quiet } from "../../../support/quiet.ts";

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

describe("a proof", () => {
  const closing: MountedRoutes[] = [];
  afterEach(() => Promise.all(closing.splice(0).map((routes) => routes.close())));

  /** `prover`: whose password is right, and who comes back from the provider; `browser`: whose session the browser has then. */
  async function world(prover: string, browser: string | null = "alice") {
    const proofs: StepUp[] = [];
    const account = { id: prover };
    const clock = new TestClock();
    const identity = {
      issuer: "https://id.example",
      subject: "u-1",
      idToken: "jwt",
      claims: { auth_time: 7, acr: "2" },
    };
    const stepUp = { account: "alice", purpose: "passkeys" };
    const deps = {
      clock,
      logger: quiet,
      publicUrl: "https://gate.example",
      cookies: [{ name: "c", secure: true }],
      loginCookies: [],
      login: { passwords: true, provider: null, secret: () => "", stepUpMs: 60_000 },
      sessions: {
        find: async () => (browser === null ? null : testSession({ account: browser })),
        stepUp: async (session: object, proof: StepUp) => (proofs.push(proof), { ...session, stepUps: [proof] }),
      },
      checkPassword: async () => account,
      provider: { finish: async () => ({ stepUp, returnTo: "/account", account, identity }) },
    } as unknown as SignInDeps;
    const routes = await mountRoutes(testSession({ method: "oidc" }), (app) => {
      app.use((req, _res, next) => ((req.headers.cookie = "c=s_1"), next()));
      signInRoutes(app, deps);
      sessionRoutes(app, deps);
    });
    closing.push(routes);
    return { clock, proofs, routes };
  }
  const byPassword = { for: { kind: "passkeys" }, password: "right" };

  test("by password counts for the account whose password it is, for a minute", async () => {
    const { clock, proofs, routes } = await world("alice");
    expect((await routes.send("POST", "/api/step-up", byPassword)).status).toBe(200);
    expect(proofs).toMatchObject([{ purpose: "passkeys", until: clock.now() + 60_000, evidence: { by: "password" } }]);
    const other = await world("a local user of the same name");
    expect((await other.routes.send("POST", "/api/step-up", byPassword)).body).toEqual({ code: "login_failed" });
    expect(other.proofs).toEqual([]);
  });

  test("at the provider carries what it said of it, and the page to go back to", async () => {
    const { proofs, routes } = await world("alice");
    const { body } = await routes.send("POST", "/api/login/provider/finish", { parameters: "code=1" });
    expect(body).toMatchObject({ return_to: "/account", step_ups: [{ purpose: "passkeys" }] });
    expect(proofs).toMatchObject([{ evidence: { by: "oidc", issuer: "https://id.example", auth_time: 7, acr: "2" } }]);
  });

  test.each<[string, string, string | null]>([
    ["of somebody else", "bob", "alice"],
    ["in a browser where somebody else is signed in now", "alice", "bob"],
    ["in a browser where nobody is signed in any more", "alice", null],
  ])("at the provider %s counts for nobody", async (_what, prover, browser) => {
    const { proofs, routes } = await world(prover, browser);
    const { body } = await routes.send("POST", "/api/login/provider/finish", { parameters: "code=1" });
    expect([body, proofs]).toEqual([{ code: "session_required" }, []]);
  });
});
