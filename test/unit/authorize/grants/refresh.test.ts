import { decodeJwt } from "jose";
import { digestOf } from "../../../../gateway/authorize/grants/tokens.ts";
import {
  alice,
  authorizationServer,
  issuer,
  mail,
  type TestServer,
} from "../../../support/oauth/authorization-server.ts";
import { codeFor, redeem, refreshWith, token } from "../../../support/oauth/flow.ts";

let server: TestServer;
beforeEach(async () => (server = await authorizationServer()));
afterEach(() => server.close());

const errorOf = ({ status, body }: { status: number; body: Readonly<Record<string, unknown>> }) => [
  status,
  body["error"],
];

async function refreshToken(): Promise<unknown> {
  return (await redeem(server, await codeFor(server))).body["refresh_token"];
}

describe("a refresh token", () => {
  test("gives new tokens, and its successor", async () => {
    const first = await refreshToken();
    const { status, body } = await refreshWith(server, first);
    expect([status, body["scope"]]).toEqual([200, "ops support"]);
    expect(body["refresh_token"]).not.toBe(first);
    expect((await refreshWith(server, body["refresh_token"])).status).toBe(200);
  });

  test("that comes again ends all that stands on the same grant: its successors, and its access tokens", async () => {
    const first = await refreshToken();
    const { body } = await refreshWith(server, first);
    expect(errorOf(await refreshWith(server, first))).toEqual([400, "invalid_grant"]);
    expect(errorOf(await refreshWith(server, body["refresh_token"]))).toEqual([400, "invalid_grant"]);
    const revoked = await server.revocations.list();
    expect(revoked.map(({ kind, issuer: of }) => [kind, of])).toEqual([
      ["token", issuer],
      ["token", issuer],
    ]);
  });

  test("gives one answer at most when it comes twice at once, and nothing of that lasts", async () => {
    const first = await refreshToken();
    const answers = await Promise.all([refreshWith(server, first), refreshWith(server, first)]);
    const given = answers.filter(({ status }) => status === 200);
    expect(given.length).toBeLessThanOrEqual(1);
    const revoked = (await server.revocations.list()).map(({ target }) => target);
    for (const { body } of given) {
      expect(errorOf(await refreshWith(server, body["refresh_token"]))).toEqual([400, "invalid_grant"]);
      expect(revoked).toContain(digestOf(String(body["access_token"])));
    }
  });

  test("gives nothing once it has come again, though the first who brought it is not answered yet", async () => {
    const first = await refreshToken();
    const { store } = server.deps;
    const { takeRefresh } = store;
    let times = 0;
    const again = async (...asked: Parameters<typeof takeRefresh>) => {
      const taken = await takeRefresh(...asked);
      if (++times === 1) expect(errorOf(await refreshWith(server, first))).toEqual([400, "invalid_grant"]);
      return taken;
    };
    Object.assign(store, { takeRefresh: again });
    expect(errorOf(await refreshWith(server, first))).toEqual([400, "invalid_grant"]);
    expect(times).toBe(2);
  });

  test("is worth nothing to another client, and is not used up by it", async () => {
    const first = await refreshToken();
    const stolen = { client_id: "hosted", client_secret: "the secret" };
    expect(errorOf(await refreshWith(server, first, stolen))).toEqual([400, "invalid_grant"]);
    expect((await refreshWith(server, first)).status).toBe(200);
  });

  test("gives at most what was granted, for the route that was agreed to", async () => {
    const first = await refreshToken();
    expect(errorOf(await refreshWith(server, first, { resource: mail.resource }))).toEqual([400, "invalid_target"]);
    expect(errorOf(await refreshWith(server, first, { scope: "admin" }))).toEqual([400, "invalid_scope"]);
    expect((await refreshWith(server, first, { scope: "support" })).body["scope"]).toBe("support");
  });

  test("gives the roles that the person has today, and none to whom has none", async () => {
    const first = await refreshToken();
    await server.accounts.put({ ...alice, roles: ["support"] });
    const { body } = await refreshWith(server, first);
    expect(body["scope"]).toBe("support");
    await server.accounts.put({ ...alice, roles: [] });
    expect(errorOf(await refreshWith(server, body["refresh_token"]))).toEqual([400, "invalid_grant"]);
  });

  test("is refused once access of its person or client has been ended", async () => {
    const first = await refreshToken();
    await server.revocations.revoke({
      kind: "client",
      issuer: null,
      target: "desk",
      reason: "stolen laptop",
      by: "op",
      until: null,
    });
    expect(errorOf(await refreshWith(server, first))).toEqual([400, "invalid_grant"]);
  });

  test("is refused once another process has ended access, of which this one has not read yet", async () => {
    const first = await refreshToken();
    const end = {
      kind: "client",
      issuer: null,
      target: "desk",
      reason: "stolen laptop",
      by: "op",
      until: null,
    } as const;
    const refresh = async () => {
      Reflect.deleteProperty(server.revocations, "refresh");
      await server.revocations.revoke(end);
    };
    Object.assign(server.revocations, { refresh });
    expect(errorOf(await refreshWith(server, first))).toEqual([400, "invalid_grant"]);
  });

  test("is refused once tokens of before a moment were ended, and one of a later grant is not", async () => {
    const first = await refreshToken();
    server.clock.advance(5_000);
    await server.revocations.revoke({
      kind: "subject",
      issuer,
      target: "alice",
      reason: "session-revoked",
      by: "signal of idp",
      until: null,
      before: server.clock.now(),
    });
    server.clock.advance(5_000);
    expect(errorOf(await refreshWith(server, first))).toEqual([400, "invalid_grant"]);
    expect((await refreshWith(server, await refreshToken())).status).toBe(200);
  });

  test("gives access tokens that are as old as the sign-in that they stand on", async () => {
    const signedIn = Math.floor(server.clock.now() / 1_000);
    const first = await refreshToken();
    server.clock.advance(60_000);
    const { body } = await refreshWith(server, first);
    const claims = decodeJwt(String(body["access_token"]));
    expect([claims["auth_time"], claims.iat]).toEqual([signedIn, signedIn + 60]);
  });

  test("expires when it lies unused, and with its grant", async () => {
    const idle = await refreshToken();
    server.clock.advance(7 * 86_400_000);
    expect(errorOf(await refreshWith(server, idle))).toEqual([400, "invalid_grant"]);
    let last = await refreshToken();
    for (let week = 0; week < 4; week += 1) {
      server.clock.advance(6.9 * 86_400_000);
      last = (await refreshWith(server, last)).body["refresh_token"];
    }
    server.clock.advance(3 * 86_400_000);
    expect(errorOf(await refreshWith(server, last))).toEqual([400, "invalid_grant"]);
  });

  test("gives no access token that counts for longer than its grant", async () => {
    let last = await refreshToken();
    for (let week = 0; week < 4; week += 1) {
      server.clock.advance(6.9 * 86_400_000);
      last = (await refreshWith(server, last)).body["refresh_token"];
    }
    server.clock.advance(2.4 * 86_400_000 - 60_000);
    const { status, body } = await refreshWith(server, last);
    const { exp } = decodeJwt(String(body["access_token"]));
    expect([status, body["expires_in"], exp]).toEqual([200, 60, Math.floor(server.clock.now() / 1_000) + 60]);
  });

  test("is only taken where it is named", async () => {
    expect(errorOf(await token(server, { grant_type: "refresh_token", client_id: "desk" }))).toEqual([
      400,
      "invalid_request",
    ]);
  });
});

describe("a token that its client gives back", () => {
  const giveBack = (what: unknown, client = "desk") =>
    server.ask("POST", "/oauth/revoke", { form: { token: String(what), client_id: client } });

  test.each(["refresh_token", "access_token"])("ends the grant, whether it is the %s", async (kind) => {
    const { body } = await redeem(server, await codeFor(server));
    expect((await giveBack(body[kind])).status).toBe(200);
    expect(errorOf(await refreshWith(server, body["refresh_token"]))).toEqual([400, "invalid_grant"]);
    expect(await server.revocations.list()).toHaveLength(1);
  });

  test("stays ended for as long as it would have counted", async () => {
    const { body } = await redeem(server, await codeFor(server));
    await giveBack(body["access_token"]);
    const [revoked] = await server.revocations.list();
    expect(revoked?.until).toBeGreaterThan(Number(decodeJwt(String(body["access_token"])).exp) * 1_000);
  });

  test("is told nothing of tokens that are not there or another's, and nothing of those ends", async () => {
    const { body } = await redeem(server, await codeFor(server));
    expect((await giveBack("n_unknown")).status).toBe(200);
    const registered = await server.ask("POST", "/oauth/register", {
      json: { redirect_uris: ["http://127.0.0.1/callback"] },
    });
    expect((await giveBack(body["refresh_token"], String(registered.body["client_id"]))).status).toBe(200);
    expect((await refreshWith(server, body["refresh_token"])).status).toBe(200);
  });
});
