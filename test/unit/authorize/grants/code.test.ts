import { assertSameRoute } from "../../../../gateway/authorize/grants/code.ts";
import { digestOf } from "../../../../gateway/authorize/grants/tokens.ts";
import { OauthError } from "../../../../gateway/authorize/oauth-error.ts";
import { dpopKey } from "../../../support/identity/dpop-proof.ts";
import {
  alice,
  authorizationServer,
  crm,
  issuer,
  mail,
  type TestServer,
} from "../../../support/oauth/authorization-server.ts";
import { claimsIn, codeFor, redeem, refreshWith } from "../../../support/oauth/flow.ts";

let server: TestServer;
beforeEach(async () => (server = await authorizationServer()));
afterEach(() => server.close());

const errorOf = ({ status, body }: { status: number; body: Readonly<Record<string, unknown>> }) => [
  status,
  body["error"],
];

test("is for the route that was agreed to, with or without a slash at its end, when it names one at all", () => {
  const routes = [crm, mail];
  for (const resource of [undefined, crm.resource, `${crm.resource}/`])
    expect(() => assertSameRoute(resource, "crm", routes)).not.toThrow();
  for (const resource of [mail.resource, "https://evil.example/", `${crm.resource}/more`])
    expect(() => assertSameRoute(resource, "crm", routes)).toThrow(OauthError);
});

describe("a code", () => {
  test("becomes a short token for its route, this client and this person, and a refresh token", async () => {
    const { status, body, headers } = await redeem(server, await codeFor(server));
    expect([status, headers["cache-control"]]).toEqual([200, "no-store"]);
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 600, scope: "ops support" });
    expect(body["refresh_token"]).toEqual(expect.any(String));
    expect(claimsIn(body["access_token"])).toMatchObject({
      iss: issuer,
      sub: "alice",
      aud: crm.audience,
      client_id: "desk",
      roles: ["ops", "support"],
    });
  });

  test("is in the store by its digest alone, and so are the tokens", async () => {
    const code = await codeFor(server);
    const { body } = await redeem(server, code);
    const now = server.clock.now();
    expect(await server.deps.store.grantOfAccess(digestOf(String(body["access_token"])), now)).toMatchObject({
      person: { subject: "alice" },
    });
    const dump = server.dump();
    for (const secret of [code, body["access_token"], body["refresh_token"]]) expect(dump).not.toContain(secret);
    expect(dump).toContain(digestOf(code));
  });

  test("carries only the roles that were asked for and that the person has", async () => {
    const { body } = await redeem(server, await codeFor(server, { scope: "support offline_access unheard-of" }));
    expect([body["scope"], claimsIn(body["access_token"])["roles"]]).toEqual(["support", ["support"]]);
  });

  test("is refused the second time, and what it gave the first time ends", async () => {
    const code = await codeFor(server);
    const first = await redeem(server, code);
    expect(errorOf(await redeem(server, code))).toEqual([400, "invalid_grant"]);
    expect(errorOf(await refreshWith(server, first.body["refresh_token"]))).toEqual([400, "invalid_grant"]);
    expect(await server.revocations.list()).toMatchObject([{ kind: "token", issuer, by: "authorization server" }]);
  });

  test("gives nothing that lasts when it comes several times at once", async () => {
    const code = await codeFor(server);
    const answers = await Promise.all(Array.from({ length: 3 }, () => redeem(server, code)));
    const given = answers.filter(({ status }) => status === 200);
    for (const { body } of given) {
      expect(errorOf(await refreshWith(server, body["refresh_token"]))).toEqual([400, "invalid_grant"]);
      const revoked = (await server.revocations.list()).map(({ target }) => target);
      expect(revoked).toContain(digestOf(String(body["access_token"])));
    }
    expect(answers.length - given.length).toBeGreaterThanOrEqual(2);
  });

  test("is refused after a minute", async () => {
    const code = await codeFor(server);
    server.clock.advance(60_000);
    expect(errorOf(await redeem(server, code))).toEqual([400, "invalid_grant"]);
  });

  test.each([
    ["another verifier", { code_verifier: "another-verifier-that-is-long-enough-0123456789abcdef" }, "invalid_grant"],
    ["no verifier", { code_verifier: null }, "invalid_grant"],
    ["another client", { client_id: "hosted", client_secret: "the secret" }, "invalid_grant"],
    ["another redirect URI", { redirect_uri: "http://127.0.0.1:1/callback" }, "invalid_grant"],
    ["another route", { resource: mail.resource }, "invalid_target"],
  ])("is refused with %s, and is worth nothing afterwards", async (_what, changes, error) => {
    const code = await codeFor(server);
    expect(errorOf(await redeem(server, code, changes))).toEqual([400, error]);
    expect(errorOf(await redeem(server, code))).toEqual([400, "invalid_grant"]);
  });

  test("that was injected into another sign-in is refused: the verifier there is another", async () => {
    const stolen = await codeFor(server);
    const { status, body } = await redeem(server, stolen, {
      code_verifier: "the-verifier-of-whoever-it-was-slipped-to-0123456789",
    });
    expect([status, body["error_description"]]).toEqual([400, "code_verifier does not fit the code"]);
  });

  test("is refused when the person or the client was cut off meanwhile", async () => {
    const code = await codeFor(server);
    const wanted = { kind: "subject", issuer: null, target: "alice", reason: "left", by: "op", until: null } as const;
    await server.revocations.revoke(wanted);
    expect(errorOf(await redeem(server, code))).toEqual([400, "invalid_grant"]);
  });

  test("is answered with try again later while everything is stopped", async () => {
    const code = await codeFor(server);
    const wanted = { kind: "gateway", issuer: null, target: null, reason: "stop", by: "op", until: null } as const;
    await server.revocations.revoke(wanted);
    expect(errorOf(await redeem(server, code))).toEqual([503, "temporarily_unavailable"]);
  });

  test("gives nothing to somebody whose account is gone", async () => {
    const code = await codeFor(server);
    await server.accounts.remove(alice.id);
    expect(errorOf(await redeem(server, code))).toEqual([400, "invalid_grant"]);
  });
});

describe("a client that shows a key", () => {
  const url = `${issuer}/oauth/token`;
  const proofBy = async (key: Awaited<ReturnType<typeof dpopKey>>, change = {}) => ({
    dpop: await key.proof("POST", url, undefined, { iat: Math.floor(server.clock.now() / 1_000), ...change }),
  });

  test("gets tokens that are bound to it, and needs it to refresh", async () => {
    const [key, other] = [await dpopKey(), await dpopKey()];
    const { body } = await redeem(server, await codeFor(server), {}, await proofBy(key));
    expect(body["token_type"]).toBe("DPoP");
    expect(claimsIn(body["access_token"])["cnf"]).toEqual({ jkt: key.jkt });
    const refreshToken = body["refresh_token"];
    expect(errorOf(await refreshWith(server, refreshToken))).toEqual([400, "invalid_grant"]);
    expect(errorOf(await refreshWith(server, refreshToken, {}, await proofBy(other)))).toEqual([400, "invalid_grant"]);
    const again = await refreshWith(server, refreshToken, {}, await proofBy(key));
    expect(claimsIn(again.body["access_token"])["cnf"]).toEqual({ jkt: key.jkt });
  });

  test("is refused with a proof that was used, or is for another address", async () => {
    const key = await dpopKey();
    const proof = await proofBy(key);
    expect((await redeem(server, await codeFor(server), {}, proof)).status).toBe(200);
    expect(errorOf(await redeem(server, await codeFor(server), {}, proof))).toEqual([400, "invalid_dpop_proof"]);
    const elsewhere = await proofBy(key, { htu: "https://evil.example/oauth/token" });
    expect(errorOf(await redeem(server, await codeFor(server), {}, elsewhere))).toEqual([400, "invalid_dpop_proof"]);
  });

  test("alone redeems a code that was asked for with it", async () => {
    const [key, other] = [await dpopKey(), await dpopKey()];
    const codes = [await codeFor(server, { dpop_jkt: key.jkt }), await codeFor(server, { dpop_jkt: key.jkt })];
    expect(errorOf(await redeem(server, codes[0] ?? "", {}, await proofBy(other)))).toEqual([400, "invalid_grant"]);
    expect((await redeem(server, codes[1] ?? "", {}, await proofBy(key))).status).toBe(200);
  });
});
