import { hash } from "node:crypto";
import { showRequest, signIn } from "../../../../gateway/authorize/endpoints/request.ts";
import type { OAuthRequest } from "../../../../gateway/authorize/deps.ts";
import { openServices } from "../../../../gateway/authorize/services.ts";
import { formProof } from "../../../../gateway/authorize/interactions.ts";
import type { AuthorizationRequest } from "../../../../gateway/authorize/authorization-request.ts";
import { authorizationServer, issuer, settings, type TestServer } from "../../../support/oauth/authorization-server.ts";
import { arrive, authorizationQuery, cookieIn, redeem, send, signedIn } from "../../../support/oauth/flow.ts";

let server: TestServer;
beforeEach(async () => (server = await authorizationServer()));
afterEach(() => server.close());

const allow = { answer: "allow" };

describe("the page for signing in", () => {
  test("says who asks for what, and keeps to itself", async () => {
    const { page } = await arrive(server);
    expect(page.status).toBe(200);
    expect(page.text).toContain("<strong>Desk</strong>");
    expect(page.text).toContain("<strong>crm</strong>");
    const policy = String(page.headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self';");
    expect(page.headers).toMatchObject({
      "x-frame-options": "DENY",
      "cache-control": "no-store",
      "referrer-policy": "same-origin",
    });
    const style = /<style>([^]*)<\/style>/.exec(page.text)?.[1] ?? "";
    expect(policy).toContain(`'sha256-${hash("sha256", style, "base64")}'`);
    expect(page.text).not.toContain("<script");
  });

  test("comes again with the reason when the password is wrong, and nobody is signed in", async () => {
    const at = await arrive(server);
    const wrong = await send(server, at, { user: "alice", password: "wrong" });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toMatch(/role="alert"/);
    const again = await server.ask("GET", at.path, { headers: { cookie: at.cookie } });
    expect(again.text).toContain("<h1>Sign in</h1>");
  });

  test("ties its cookie to this host, out of reach of scripts", async () => {
    const answer = await server.ask("GET", "/oauth/authorize", { query: authorizationQuery() });
    expect([answer.headers["set-cookie"]].flat()[0]).toMatch(
      /^__Host-sallyport-oauth=[\w-]{40,}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  test("lets several requests of one browser wait at once", async () => {
    const first = await arrive(server);
    const second = await arrive(server, {}, first.cookie);
    for (const at of [first, second])
      expect((await send(server, at, { user: "alice", password: "right" })).status).toBe(303);
  });
});

describe("the page that asks", () => {
  test("gives no code to whoever signed in before their tokens were ended", async () => {
    const at = await signedIn(server);
    server.clock.advance(60_000);
    await server.revocations.revoke({
      kind: "subject",
      issuer,
      target: "alice",
      reason: "account-disabled",
      by: "signal of idp",
      until: null,
      before: server.clock.now(),
    });
    server.clock.advance(60_000);
    const { location } = await send(server, at, allow);
    expect(location?.searchParams.get("error")).toBe("access_denied");
  });

  test("says what the client may do, with what, for how long, who is asked, and where they go", async () => {
    const { page } = await signedIn(server);
    for (const text of [
      "Let Desk act for you?",
      "/mcp/crm",
      "<li>support</li>",
      "alice",
      "up to 30 days",
      ":53123/callback",
    ])
      expect(page.text).toContain(text);
    expect(String(page.headers["content-security-policy"])).toContain("form-action 'self' http://127.0.0.1:53123;");
  });

  test("shows the name of a client that nobody vouches for as its own claim, harmless", async () => {
    const name = `<img src=x onerror=alert(1)>"Bank`;
    const { body } = await server.ask("POST", "/oauth/register", {
      json: { redirect_uris: ["http://127.0.0.1/callback"], client_name: name },
    });
    const { page } = await signedIn(server, { client_id: String(body["client_id"]) });
    expect(page.text).toContain("&lt;img src=x onerror=alert(1)&gt;&quot;Bank");
    expect(page.text).not.toContain("<img");
    expect(page.text).toContain("Nobody has checked that.");
  });

  test("sends the person back with a code, the client's state, and whose answer it is", async () => {
    const back = await send(server, await signedIn(server), allow);
    expect([back.status, back.location?.host, back.location?.pathname]).toEqual([303, "127.0.0.1:53123", "/callback"]);
    const { code, ...rest } = Object.fromEntries(back.location?.searchParams ?? []);
    expect(rest).toEqual({ state: "of-the-client", iss: issuer });
    expect((await redeem(server, code ?? "")).status).toBe(200);
  });

  test("tells the client that the person refused, and gives nothing", async () => {
    const back = await send(server, await signedIn(server), { answer: "refuse" });
    expect(back.location?.searchParams.get("error")).toBe("access_denied");
    expect(back.location?.searchParams.has("code")).toBe(false);
  });

  test("is answered once", async () => {
    const at = await signedIn(server);
    const answers = await Promise.all([send(server, at, allow), send(server, at, allow)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 400]);
  });

  test("tells whoever has none of the roles, and their client", async () => {
    const at = await arrive(server, { scope: "ops" });
    const known = await server.accounts.withPassword("alice");
    if (known === null) throw new Error("alice is gone");
    await server.accounts.put({ ...known, roles: ["support"] });
    await send(server, at, { user: "alice", password: "right" });
    const told = await server.ask("GET", at.path, { headers: { cookie: at.cookie } });
    expect(told.location?.searchParams.get("error")).toBe("access_denied");
  });
});

describe("consent without the person", () => {
  test("is refused without the browser that was asked, and in another", async () => {
    const at = await signedIn(server);
    const other = await arrive(server);
    for (const cookie of ["", other.cookie, "__Host-sallyport-oauth=short"]) {
      const { status, location, text } = await send(server, { ...at, cookie }, allow);
      expect([status, location]).toEqual([400, null]);
      expect(text).toContain("This cannot go on");
    }
    expect((await send(server, at, allow)).status).toBe(303);
  });

  test("is refused when another site sends the form, or the form is none of ours", async () => {
    const at = await signedIn(server);
    const foreign = await send(server, at, allow, { headers: { cookie: at.cookie, "sec-fetch-site": "cross-site" } });
    expect([foreign.status, foreign.location]).toEqual([403, null]);
    const forged = await send(server, at, { ...allow, proof: "forged" });
    expect([forged.status, forged.location]).toEqual([403, null]);
  });

  test("is refused before anybody has signed in", async () => {
    const at = await arrive(server);
    const { hidden } = { hidden: /name="proof" value="([^"]+)"/.exec(at.page.text)?.[1] ?? "" };
    const answer = await server.ask("POST", `${at.path}/answer`, {
      form: { proof: hidden, ...allow },
      headers: { cookie: at.cookie },
    });
    expect([answer.status, answer.location]).toEqual([400, null]);
  });

  test("is refused under an id that was never given out", async () => {
    const asked = { request: { header: () => "__Host-sallyport-oauth=" + "x".repeat(43) } } as unknown as OAuthRequest;
    await expect(showRequest(asked, "n_unknown", openServices(server.deps))).rejects.toMatchObject({
      code: "login_expired",
    });
  });

  test("is refused to whoever has a password here, where people sign in at the company's provider", async () => {
    const client = { clientId: "gw", secretReference: "env:GW", scopes: ["openid"] };
    const provider = { ...client, issuer: "https://login.example", label: "Company" };
    const at = settings({ signIn: { ...provider, claims: { name: "name", roles: "groups" } } });
    const services = openServices({ ...server.deps, settings: at });
    const secret = "x".repeat(43);
    const interaction = services.interactions.begin({} as AuthorizationRequest, secret, "asker");
    const header = (name: string) => (name === "cookie" ? `__Host-sallyport-oauth=${secret}` : null);
    const form = { proof: formProof(interaction, secret), user: "alice", password: "right" };
    const exchange = { req: { socket: {} } };
    const asked = { exchange, request: { header }, parameters: new Map(Object.entries(form)), asker: "asker" };
    await expect(signIn(asked as unknown as OAuthRequest, interaction.id, services)).rejects.toMatchObject({
      code: "route_unknown",
    });
    expect(services.interactions.find(interaction.id, secret)?.person).toBeNull();
  });

  test("is refused after ten minutes", async () => {
    const at = await signedIn(server);
    server.clock.advance(10 * 60_000);
    expect((await send(server, at, allow)).status).toBe(400);
  });

  test("is not given by a request that asks for no page", async () => {
    const answer = await server.ask("GET", "/oauth/authorize", { query: authorizationQuery({ prompt: "none" }) });
    const told = Object.fromEntries(answer.location?.searchParams ?? []);
    expect([told["error"], told["code"], cookieIn(answer)]).toEqual(["login_required", undefined, ""]);
  });
});
