import { generateKeyPair, SignJWT } from "jose";
import { readLog } from "../conformance/attacks/support/log.ts";
import { signInAtProvider } from "../support/console/at-provider.ts";
import type { ConsoleClient } from "../support/console/client.ts";
import { alice, bob } from "../support/console/provider-settings.ts";
import { consoleClient, type PeopleProvider, startPeopleProvider } from "../support/identity/people-provider.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

/** OpenID Connect Back-Channel Logout 1.0, with a certified provider. */
describe("a provider that ends sessions of the console", () => {
  let gateway: TestGateway;
  let provider: PeopleProvider;
  beforeAll(async () => {
    gateway = await startGateway({ routes: [], login: loginAt });
  });
  async function loginAt(consoleUrl: string): Promise<object> {
    provider = await startPeopleProvider(consoleUrl, [alice, bob]);
    return {
      kind: "oidc",
      issuer: provider.issuer,
      client_id: consoleClient,
      client_secret: "env:CONSOLE_SECRET",
      scopes: ["openid", "profile"],
      claims: { roles: "groups" },
      roles: { approvers: ["payments-approver"] },
    };
  }
  afterAll(async () => {
    await gateway?.close();
    await provider?.close();
  });

  const isIn = async (client: ConsoleClient) => (await client.request("GET", "/api/session")).status === 200;
  const latest = (sub: string): string => provider.sidsOf(sub).at(-1) ?? "";
  const records = async () =>
    (await readLog(gateway.logDir)).lines
      .map((line) => line as unknown as Record<string, unknown>)
      .filter(({ kind }) => kind === "signal");

  async function post(token: string): Promise<{ readonly status: number; readonly body: Record<string, string> }> {
    const body = new URLSearchParams({ logout_token: token });
    const answer = await fetch(`${gateway.console}/api/login/provider/logout`, { method: "POST", body });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, string>) };
  }

  test("ends the session that it names, and neither others of that person nor anybody else's", async () => {
    const first = await signInAtProvider(gateway.console, "alice");
    const sid = latest(alice.sub);
    const second = await signInAtProvider(gateway.console, "alice");
    const other = await signInAtProvider(gateway.console, "bob");
    await provider.signOut(alice.sub, sid);
    expect(await Promise.all([first, second, other].map(isIn))).toEqual([false, true, true]);
    expect((await records()).at(-1)).toMatchObject({
      transmitter: provider.issuer,
      way: "logout",
      effect: "ended",
      detail: "1 sessions of the console ended",
    });
  });

  test("ends what is open under the session too", async () => {
    const client = await signInAtProvider(gateway.console, "bob");
    const events = await client.request("GET", "/api/events");
    expect(events.status).toBe(200);
    const reading = events.text().catch(() => "cut");
    await provider.signOut(bob.sub, latest(bob.sub));
    await reading;
    expect(await isIn(client)).toBe(false);
  });

  test("refuses a token that the provider has not signed, says so, and records it", async () => {
    const client = await signInAtProvider(gateway.console, "alice");
    const { privateKey } = await generateKeyPair("RS256");
    const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
    const forged = await new SignJWT({ iss: provider.issuer, sub: alice.sub, jti: "j", events })
      .setProtectedHeader({ alg: "RS256", typ: "logout+jwt", kid: "of nobody" })
      .setAudience(consoleClient)
      .setIssuedAt()
      .sign(privateKey);
    expect(await post(forged)).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect(await post("")).toMatchObject({ status: 400 });
    expect(await isIn(client)).toBe(true);
    expect((await records()).at(-1)).toMatchObject({ effect: "refused", code: "logout_token_invalid" });
  });
});
