/** Enterprise-managed authorization: the assertion of a provider (ID-JAG) for an access token. */
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { assertionGrant } from "../../../../gateway/authorize/grants/assertion.ts";
import { createKeySet } from "../../../../gateway/identify/token/key-set.ts";
import { TestClock } from "../../../support/builders.ts";
import {
  authorizationServer,
  crm,
  issuer,
  settings,
  type TestServer,
} from "../../../support/oauth/authorization-server.ts";
import { claimsIn, token } from "../../../support/oauth/flow.ts";
import { quiet } from "../../../support/quiet.ts";

const idp = "https://login.example";
const keys = await generateKeyPair("ES256");
const strangers = await generateKeyPair("ES256");

let server: TestServer;
beforeEach(async () => {
  const set = { keys: [{ ...(await exportJWK(keys.publicKey)), alg: "ES256", use: "sig" }] };
  const timing = { refreshMs: 60_000, cooldownMs: 1_000, staleMs: 60_000 };
  const keySet = createKeySet(() => Promise.resolve(set), timing, {
    clock: new TestClock(),
    logger: quiet,
    issuer: idp,
  });
  const trusted = { issuer: idp, keys: { kind: "none" }, algorithms: ["ES256"], clients: new Set(["desk"]) } as const;
  const roles = new Map([["helpdesk", ["support"]]]);
  server = await authorizationServer({
    settings: settings({ assertions: [trusted], roles }),
    deps: { assertionIssuers: new Map([[idp, { keySet }]]) },
  });
});
afterEach(() => server.close());

interface Changes {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, string>>;
  readonly by?: typeof keys;
}

let count = 0;
function assertion({ claims = {}, header = {}, by = keys }: Changes = {}): Promise<string> {
  const now = Math.floor(server.clock.now() / 1_000);
  return new SignJWT({
    iss: idp,
    sub: "u-1001",
    aud: issuer,
    client_id: "desk",
    resource: crm.resource,
    scope: "helpdesk",
    jti: `j-${++count}`,
    iat: now,
    exp: now + 300,
    ...claims,
  })
    .setProtectedHeader({ alg: "ES256", typ: "oauth-id-jag+jwt", ...header })
    .sign(by.privateKey);
}

const exchange = (text: string, changes: Record<string, string> = {}) =>
  token(server, { grant_type: assertionGrant, assertion: text, client_id: "desk", ...changes });

test("becomes a token for its person, route and roles, without anybody being asked, and no refresh token", async () => {
  const { status, body } = await exchange(await assertion());
  expect([status, body["scope"], body["refresh_token"]]).toEqual([200, "support", undefined]);
  expect(claimsIn(body["access_token"])).toMatchObject({
    sub: `${idp}#u-1001`,
    aud: crm.audience,
    client_id: "desk",
    roles: ["support"],
  });
});

test("is taken once", async () => {
  const text = await assertion();
  expect((await exchange(text)).status).toBe(200);
  const { status, body } = await exchange(text);
  expect([status, body["error"], body["error_description"]]).toEqual([
    ...[400, "invalid_grant", "the assertion is refused: it was used before"],
  ]);
});

test("is taken once also when it is over and the clocks may differ", async () => {
  const text = await assertion();
  expect((await exchange(text)).status).toBe(200);
  for (const ms of [300_000, 25_000]) {
    server.clock.advance(ms);
    expect((await exchange(text)).body["error_description"]).toBe("the assertion is refused: it was used before");
  }
});

test.each<[string, Changes, string]>([
  ["of another type", { header: { typ: "JWT" } }, "not an identity assertion"],
  ["an access token", { header: { typ: "at+jwt" } }, "not an identity assertion"],
  ["of a stranger", { by: strangers }, "signature does not match"],
  ["of an issuer that is not trusted", { claims: { iss: "https://evil.example" } }, "not trusted here"],
  ["for another server", { claims: { aud: "https://other.example" } }, "its aud is not this server"],
  ["for several servers", { claims: { aud: [issuer, "https://other.example"] } }, "aud must be one text"],
  ["for another client", { claims: { client_id: "hosted" } }, "another client"],
  ["without an id", { claims: { jti: undefined } }, "jti is missing"],
  ["without a person", { claims: { sub: undefined } }, "sub is missing"],
  ["for no route", { claims: { resource: undefined } }, "resource is missing"],
  ["that is over", { claims: { iat: 1_000, exp: 1_300 } }, "token_expired"],
  ["that lasts too long", { claims: { exp: Math.floor(Date.now() / 1_000) + 86_400 } }, "at most 600 seconds"],
])("is refused %s", async (_what, changes, told) => {
  const { status, body } = await exchange(await assertion(changes));
  expect([status, body["error"]]).toEqual([400, "invalid_grant"]);
  expect(body["error_description"]).toContain(told);
});

test("gives nothing beyond its scopes, and nothing for another's route or client", async () => {
  expect((await exchange(await assertion({ claims: { scope: "admin" } }))).body["error"]).toBe("invalid_scope");
  expect((await exchange(await assertion(), { scope: "ops" })).body["error"]).toBe("invalid_scope");
  const elsewhere = { claims: { resource: "https://evil.example" } };
  expect((await exchange(await assertion(elsewhere))).body["error"]).toBe("invalid_target");
  const foreign = { client_id: "hosted", client_secret: "the secret" };
  expect(
    (await exchange(await assertion({ claims: { client_id: "hosted" } }), foreign)).body["error_description"],
  ).toContain("this client may not present it");
  expect((await exchange("no jwt")).body["error"]).toBe("invalid_grant");
});

test("is refused when the tokens of its person from after it was made were ended", async () => {
  const made = await assertion();
  server.clock.advance(60_000);
  await server.revocations.revoke({
    kind: "client",
    issuer,
    target: "desk",
    reason: "session-revoked",
    by: "signal of idp",
    until: null,
    before: server.clock.now(),
  });
  expect((await exchange(made)).body["error"]).toBe("invalid_grant");
  server.clock.advance(1_000);
  expect((await exchange(await assertion())).status).toBe(200);
});
