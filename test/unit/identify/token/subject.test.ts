import type { TrustedIssuer } from "../../../../gateway/domain/trusted-issuer.ts";
import { proofOf, subjectOf } from "../../../../gateway/identify/token/subject.ts";
import { handClock, identifier, keyServer, mint, outcome, route, signingKey, trustedIssuer } from "../fixtures.ts";

const iss = "https://idp.example";
const clock = handClock();
let key: Awaited<ReturnType<typeof signingKey>>;
let server: Awaited<ReturnType<typeof keyServer>>;

beforeAll(async () => {
  key = await signingKey("ES256", "k1");
  server = await keyServer([key.publicJwk]);
});
afterAll(() => server.close());

const naming = {
  roles: "roles",
  scopes: "scope",
  session: "sid",
  purpose: "purpose",
  taskText: "task_text",
  owner: "/agent/owner",
  client: "client_id",
  task: "/behalf/task",
  actingFor: "/behalf/of",
};

test.each<[string, Record<string, unknown>]>([
  ["a text where the object that names the person is expected", { behalf: "alice@example.com" }],
  ["a list for the person", { behalf: { of: ["alice@example.com"] } }],
  ["an object without sub for the person", { behalf: { of: { id: "alice@example.com" } } }],
  ["an empty name for the person", { behalf: { of: "" } }],
  ["a misshapen person beside an actor", { behalf: { of: 7 }, act: { sub: "refund-bot" } }],
  ["a text where the object that names the owner is expected", { agent: "alice@example.com" }],
  ["a list for the owner", { agent: { owner: ["alice@example.com"] } }],
  ["an object for the owner", { agent: { owner: { sub: "alice@example.com" } } }],
  ["a text for act", { act: "alice@example.com" }],
  ["null for act", { act: null }],
  ["a list for act", { act: [{ sub: "alice@example.com" }] }],
  ["an act without sub", { act: { id: "alice@example.com" } }],
  ["an inner act that is a text", { act: { sub: "refund-bot", act: "alice@example.com" } }],
  ["a person with a character that nobody sees", { behalf: { of: "alice\uFE0F" } }],
  ["a person with a blank at the end", { behalf: { of: "alice@example.com " } }],
  ["an owner with a character that nobody sees", { agent: { owner: "al\u034Fice@example.com" } }],
  ["a subject with a character that nobody sees", { sub: "refund-bot\u2800" }],
  ["an actor with a character that nobody sees", { act: { sub: "refund-bot\uFE0F" } }],
  ["a list for the client", { client_id: ["bot-app"] }],
])("refuses %s in the claims", async (_what, claims) => {
  const identify = identifier([trustedIssuer(iss, server.url, { claims: naming })], clock);
  expect(await outcome(identify, await mint(key, iss, clock, { claims }), route([iss]))).toMatch(/^token_invalid/);
});

test("takes a person's name from inside an object, and none where the object is missing", async () => {
  const identify = identifier([trustedIssuer(iss, server.url, { claims: naming })], clock);
  const named = { behalf: { of: "alice@example.com" }, agent: { owner: "bob@example.com" } };
  const found = await outcome(identify, await mint(key, iss, clock, { claims: named }), route([iss]));
  expect(found).toMatchObject({ actingFor: { id: "alice@example.com" }, owner: "bob@example.com" });
  const none = await outcome(identify, await mint(key, iss, clock), route([iss]));
  expect(none).toMatchObject({ actingFor: null, owner: null });
});

test("identifies callers whose claims are too long, and says what policy does not see of them", async () => {
  const identify = identifier([trustedIssuer(iss, server.url, { claims: naming })], clock);
  const person = { sub: "alice@example.com", cv: "x".repeat(5000), team: "blue" };
  const claims = {
    purpose: "p".repeat(3000),
    note: "n".repeat(3000),
    behalf: { of: person },
    tenant: "blue",
    task_text: `Pay\nann@shop.example ${"t".repeat(9000)}`,
  };
  const found = await outcome(identify, await mint(key, iss, clock, { claims }), route([iss]));
  expect(found).toMatchObject({
    claimsOmitted: ["behalf", "purpose"],
    claims: { tenant: "blue", note: "n".repeat(3000) },
    purpose: { text: "p".repeat(512), truncated: true },
    taskText: { text: claims.task_text, truncated: false },
  });
  const { actingFor } = found as Exclude<typeof found, string>;
  expect(actingFor).toEqual({ id: "alice@example.com", claims: { sub: "alice@example.com", team: "blue" } });
  const { behalf: _, ...own } = claims;
  const acted = { ...own, sub: "alice@example.com", act: { sub: "refund-bot" }, cv: "x".repeat(5000) };
  const behind = await outcome(identify, await mint(key, iss, clock, { claims: acted }), route([iss]));
  expect(Object.keys((behind as Exclude<typeof found, string>).actingFor?.claims ?? {})).toEqual([
    "sub",
    "note",
    "tenant",
  ]);
});

test("keeps the text of a task out of the claims that policy sees, and out of those of the person behind the agent", async () => {
  const claims = { act: { sub: "refund-bot" }, sub: "alice@example.com", task_text: "secret", tenant: "blue" };
  const identify = identifier([trustedIssuer(iss, server.url)], clock);
  const found = await outcome(identify, await mint(key, iss, clock, { claims }), route([iss]));
  const { taskText, ...others } = found as Exclude<typeof found, string>;
  expect([taskText, others.claimsOmitted, others.claims["tenant"]]).toEqual([
    { text: "secret", truncated: false },
    [],
    "blue",
  ]);
  expect(JSON.stringify(others)).not.toContain("secret");
  const nested = { ...naming, taskText: "/behalf/text" };
  const inside = identifier([trustedIssuer(iss, server.url, { claims: { ...nested, actingFor: "behalf" } })], clock);
  const token = await mint(key, iss, clock, { claims: { behalf: { sub: "alice@example.com", text: "secret" } } });
  const { taskText: text, ...rest } = (await outcome(inside, token, route([iss]))) as typeof others & {
    taskText: unknown;
  };
  expect(text).toEqual({ text: "secret", truncated: false });
  expect(JSON.stringify(rest)).not.toContain("secret");
});

test("takes the gateway's own tokens for as old as the sign-in that they stand on, and others for as old as they are", () => {
  const claims = { sub: "alice", iat: 2_000, auth_time: 1_000 };
  const of = (keys: TrustedIssuer["keys"]) =>
    subjectOf({
      claims,
      issuer: { ...trustedIssuer(iss, server.url), keys },
      expiresAt: 3_000,
      binding: null,
      digest: "d",
    });
  expect(of({ kind: "own" }).token?.issuedAt).toBe(1_000_000);
  expect(of({ kind: "none" }).token?.issuedAt).toBe(2_000_000);
});

test("keeps both keys of a token that is bound to two", () => {
  expect(proofOf({ jkt: "k1", x5t: "c1" })).toEqual({ proof: { method: "dpop", key: "k1" }, certificate: "c1" });
  expect(proofOf({ jkt: "k1", x5t: null })).toEqual({ proof: { method: "dpop", key: "k1" } });
  expect(proofOf({ jkt: null, x5t: "c1" })).toEqual({ proof: { method: "mtls", key: "c1" } });
});
