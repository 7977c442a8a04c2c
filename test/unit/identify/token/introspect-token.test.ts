import type { Subject } from "../../../../gateway/domain/subject.ts";
import { handClock, identifier, keyServer, mint, outcome, route, signingKey, trustedIssuer } from "../fixtures.ts";
import { asked, closing, here, iss, patient, trust, world } from "./introspection-fixtures.ts";
import type { TrustedIssuer } from "../../../../gateway/domain/trusted-issuer.ts";

afterEach(() => closing.all());

test("identifies the caller of an opaque token by its issuer's answer", async () => {
  const { judge, idp } = await world({
    roles: ["refunds"],
    scope: "tools:call",
    client_id: "bot-app",
    token_type: "Bearer",
  });
  expect(await judge()).toMatchObject({
    id: "refund-bot",
    issuer: iss,
    clientId: "bot-app",
    roles: ["refunds"],
    scopes: ["tools:call"],
    proof: { method: "none", key: null },
  });
  expect(idp.questions).toEqual([
    {
      token: "opaque-1",
      hint: "access_token",
      authorization: `Basic ${Buffer.from("gate+way:s%3Ae%2Bc+%C3%A9").toString("base64")}`,
    },
  ]);
});

test("does not hand `active` on as a claim, and names a client that calls for itself by its client_id", async () => {
  const { judge } = await world({ sub: undefined, client_id: "refund-bot" });
  const subject = (await judge()) as Subject;
  expect(subject).toMatchObject({ id: "refund-bot", claims: { client_id: "refund-bot" } });
  expect(subject.claims).not.toHaveProperty("active");
});

test.each<[string, Record<string, unknown>, string]>([
  ["not active", { active: false }, "token_invalid"],
  ["of another issuer", { iss: "https://evil.example" }, "token_issuer_unknown"],
  ["for another audience", { aud: "https://gw.example/crm" }, "token_audience"],
  ["for no audience", { aud: undefined }, "token_audience"],
  ["expired, although the issuer calls it active", { exp: 1 }, "token_expired"],
  ["not valid yet", { nbf: 4_000_000_000 }, "token_not_yet_valid"],
  ["without a subject", { sub: undefined }, "token_invalid"],
  ["with a time that is text", { exp: "soon" }, "token_invalid"],
  ["that lives too long", { exp: 4_000_000_000 }, "token_lifetime"],
  ["of another type", { token_type: "N_A" }, "token_invalid"],
  ["bound to a key", { cnf: { jkt: "x".repeat(43) } }, "token_proof_missing"],
  ["bound to a certificate", { cnf: { "x5t#S256": "x".repeat(43) } }, "token_proof_missing"],
])("refuses a token %s", async (_, change, code) => {
  const { judge } = await world(change);
  expect(await judge()).toBe(code);
});

test.each<[string, Partial<{ status: number; raw: string; delayMs: number }>]>([
  ["an error", { status: 500 }],
  ["its client refused", { status: 401 }],
  ["a redirect", { status: 302 }],
  ["no JSON", { raw: "<html>" }],
  ["a list", { raw: "[]" }],
  ["nothing about active", { raw: "{}" }],
  ["active as text", { raw: '{"active":"true"}' }],
  ["active as a number", { raw: '{"active":1}' }],
  ["an endless answer", { raw: `{"active":true,"x":"${"x".repeat(70_000)}"}` }],
  ["nothing in time", { delayMs: 3_600_000 }],
])("refuses as unavailable when the issuer answers with %s", async (_, change) => {
  const { judge, idp } = await world({}, {}, change.delayMs === undefined ? patient : 500);
  Object.assign(idp.state, change);
  expect(await judge()).toBe("introspection_unavailable");
});

test("does not follow its issuer to somebody else with the token and its own secret", async () => {
  const { judge, idp, active } = await world();
  const stranger = await asked(active);
  Object.assign(idp.state, { status: 307, location: stranger.endpoint });
  expect(await judge()).toBe("introspection_unavailable");
  expect(stranger.questions).toEqual([]);
});

test("asks once for many calls at once, and again only when the answer is too old", async () => {
  const { judge, idp, clock } = await world();
  await Promise.all(Array.from({ length: 20 }, () => judge()));
  expect(await judge()).toMatchObject({ id: "refund-bot" });
  expect(idp.questions).toHaveLength(1);
  clock.advance(29_999);
  await judge();
  expect(idp.questions).toHaveLength(1);
  clock.advance(1);
  idp.state.answer = { active: false };
  expect(await judge()).toBe("token_invalid");
});

test("refuses a token at its own end although the answer is young", async () => {
  const { judge, clock } = await world({ exp: Math.floor(handClock().now() / 1000) + 10 }, { clockSkewMs: 0 });
  expect(await judge()).toMatchObject({ id: "refund-bot" });
  clock.advance(10_000);
  expect(await judge()).toBe("token_expired");
});

test("believes a token without an end no longer than its answer", async () => {
  const { judge, idp, clock, second } = await world({ exp: undefined, iat: undefined });
  const subject = (await judge()) as Subject;
  expect(subject.expiresAt).toBeLessThanOrEqual(second + 31);
  expect(subject.claims).not.toHaveProperty("exp");
  idp.state.answer = { active: false };
  clock.advance(30_000);
  expect(await judge()).toBe("token_invalid");
});

test("asks each time when nothing may be cached", async () => {
  const { idp, trusted, clock } = await world();
  const introspection = { ...trusted.introspection, cacheMs: 0 } as TrustedIssuer["introspection"];
  const identify = identifier([{ ...trusted, introspection }], clock);
  for (let call = 0; call < 3; call += 1)
    expect(await outcome(identify, "opaque-1", here)).toMatchObject({ id: "refund-bot" });
  expect(idp.questions).toHaveLength(3);
});

test("never asks about a signed token that says it is somebody else's", async () => {
  const { idp, trusted, clock } = await world();
  const key = await signingKey("ES256", "k");
  const server = await keyServer([key.publicJwk]);
  closing.push(server);
  const other = "https://jwt.example";
  const identify = identifier([trusted, trustedIssuer(other, server.url)], clock);
  const both = route([trust, other]);
  expect(await outcome(identify, await mint(key, other, clock), both)).toMatchObject({ issuer: other });
  expect(await outcome(identify, await mint(key, "https://evil.example", clock), both)).toBe("token_issuer_unknown");
  expect(idp.questions).toHaveLength(0);
  expect(await outcome(identify, await mint(key, iss, clock), both)).toMatchObject({ issuer: iss });
  expect(await outcome(identify, "opaque-1", both)).toMatchObject({ issuer: iss });
  expect(idp.questions).toHaveLength(2);
});

test("never asks about a token on a route that does not trust the issuer", async () => {
  const { judge, idp } = await world();
  expect(await judge("opaque-1", route(["https://jwt.example"]))).toBe("token_invalid");
  expect(idp.questions).toHaveLength(0);
});
