import { exchangedToken } from "../../../../gateway/credentials/oauth/token-exchange.ts";
import type { OauthClient, TokenExchangeCredential } from "../../../../gateway/domain/oauth-credential.ts";
import { subject } from "../../../support/builders.ts";
import type { GrantsServer } from "../../../support/credentials/grants-server.ts";
import { oauthWorld, type OauthWorld, place, wish } from "./support.ts";

let world: OauthWorld;
let server: GrantsServer;
beforeAll(async () => {
  world = await oauthWorld();
  server = await world.server();
});
afterAll(() => world?.close());
beforeEach(() => void (server.given.length = 0));

const accessToken = "urn:ietf:params:oauth:token-type:access_token";
const known = { provider: "token_exchange", name: "crm", place, scopes: [], resource: null, audience: null } as const;

function provider(changes: Partial<TokenExchangeCredential> = {}, client: Partial<OauthClient> = {}) {
  const subjectToken = { from: "caller", type: accessToken } as const;
  return exchangedToken(
    { ...known, client: world.client(server, client), subjectToken, actor: "signed", ...changes },
    world.deps,
  );
}

/** A call of a caller with a token of its own. */
function from(claims: object, changes: Parameters<typeof wish>[0] = {}) {
  const token = world.agentToken(claims);
  return { token, wish: wish({ callerToken: () => token, ...changes }) };
}

test("exchanges the caller's token for one of the tool server, with the gateway as the actor", async () => {
  const call = from({ sub: "ann", act: { sub: "refund-bot" } });
  const made = await provider().obtain(call.wish);
  expect(server.given).toMatchObject([
    { sub: "ann", act: { sub: "gateway", act: { sub: "refund-bot" } }, audience: "http://127.0.0.1:1", resource: null },
  ]);
  expect(made.inject).toEqual([{ place, value: `Bearer ${server.given[0]?.token}` }]);
  expect(JSON.stringify(made)).not.toContain(call.token);
});

test("asks as wide as policy says, and for the resource that it names", async () => {
  await provider({ scopes: ["read", "write"], audience: "crm", actor: "none" }).obtain(
    from({}, { scope: ["read"], resource: "https://crm.example" }).wish,
  );
  expect(server.given).toMatchObject([{ scope: "read", audience: "crm", resource: "https://crm.example", act: null }]);
});

test("speaks for callers that prove themselves without a token, when it is told to", async () => {
  const ofPerson = subject({
    id: "refund-bot",
    actingFor: { id: "ann", claims: {} },
    actorChain: ["refund-bot", "planner"],
  });
  const signed = provider({
    subjectToken: { from: "signed", type: "urn:ietf:params:oauth:token-type:jwt" },
    actor: "none",
  });
  await signed.obtain(wish({ subject: ofPerson }));
  expect(server.given).toMatchObject([{ sub: "ann", act: { sub: "refund-bot", act: { sub: "planner" } } }]);
  await expect(provider().obtain(wish({ subject: ofPerson }))).rejects.toMatchObject({ kind: "refused" });
});

test("never uses a token of one caller for another, or of one token of a caller for the next", async () => {
  const crm = provider();
  const [ann, bob] = [from({ sub: "ann" }), from({ sub: "bob" }, { subject: subject({ id: "other-bot" }) })];
  const tokens = [];
  for (const one of [ann, ann, bob, from({ sub: "ann", sid: "2" })])
    tokens.push((await crm.obtain(one.wish)).secrets[0]);
  expect(tokens[0]).toBe(tokens[1]);
  expect(new Set(tokens).size).toBe(3);
  expect(server.given.map(({ sub }) => sub)).toEqual(["ann", "bob", "ann"]);
});

test("does not use a token longer than the one that it was exchanged for lives", async () => {
  const expiresAt = Math.floor(world.clock.now() / 1_000) + 90;
  const made = await provider().obtain(from({}, { subject: subject({ expiresAt }) }).wish);
  expect(made.expiresAt).toBe(expiresAt * 1_000);
});

test("says that a caller's token was refused, without it, though the server quotes it", async () => {
  const stranger = { iss: "https://stranger.example" };
  const call = from(stranger);
  const failure = (await provider()
    .obtain(call.wish)
    .catch((thrown: unknown) => thrown)) as Error;
  expect(failure).toMatchObject({ kind: "refused", message: `${server.issuer} answered 400 invalid_grant` });
  expect(JSON.stringify([failure, failure.message, world.lines])).not.toContain(call.token);
});

test("has what it got revoked when the access of whom it was for ends", async () => {
  const crm = provider();
  const { wish: mine } = from({ sub: "ann" });
  const { secrets } = await crm.obtain(mine);
  const { wish: other } = from({ sub: "bob" }, { subject: subject({ id: "other-bot" }) });
  const kept = await crm.obtain(other);
  expect(await crm.revoke?.(({ subject: id }) => id === "refund-bot")).toBe(1);
  expect(server.revoked).toEqual(secrets);
  expect((await crm.obtain(mine)).secrets).not.toEqual(secrets);
  expect((await crm.obtain(other)).secrets).toEqual(kept.secrets);
});
