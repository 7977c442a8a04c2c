/** What calls carry to tool servers: made when they are sent, added to what was judged, and never seen by the agent. */
import { createRemoteJWKSet, jwtVerify } from "jose";
import { loggedRecords } from "../support/argument-rules.ts";
import {
  type Called,
  credentialWorld,
  type CredentialWorld,
  headerOf,
  type RouteName,
  routeNames,
  textOf,
} from "../support/credentials/credential-world.ts";
import { eventually } from "../support/eventually.ts";
import type { Recorded } from "../support/recording-upstream.ts";

let world: CredentialWorld;
beforeAll(async () => {
  world = await credentialWorld();
});
afterAll(() => world?.close());
beforeEach(() => {
  const { upstream, server, other } = world;
  for (const list of [upstream.requests, server.given, other.given]) list.length = 0;
  upstream.answerWith((_req, res) => res.setHeader("content-type", "application/json").end("{}"));
});

async function sent(route: RouteName, init?: Parameters<CredentialWorld["call"]>[1]): Promise<[Called, Recorded]> {
  const called = await world.call(route, init);
  expect([route, called.status, called.text]).toEqual([route, 200, "{}"]);
  expect(world.upstream.requests).toHaveLength(1);
  return [called, world.upstream.requests[0]!];
}

const records = ({ decisionId }: Called) =>
  eventually("both records", async () => {
    const found = await loggedRecords(world.gateway, decisionId);
    return found.length === 2 ? found : null;
  });

test("puts a secret into a header", async () => {
  const [, request] = await sent("header");
  expect(headerOf(request, "authorization")).toBe("Bearer demo-payments-key");
});

test("puts a secret into the query, behind what was judged", async () => {
  const [called, request] = await sent("query", { path: "/v1/orders/o-881" });
  expect(request.target).toBe("/v1/orders/o-881?api_key=demo-crm-key");
  const [decision] = await records(called);
  expect(JSON.stringify(decision)).not.toContain("api_key");
});

test("puts a secret into the body, every other byte as it was judged", async () => {
  const [, request] = await sent("body", { json: { order_id: "o-881", amount: 20 } });
  expect(request.body.toString()).toBe('{"api_key":"demo-crm-key","order_id":"o-881","amount":20}');
  expect(headerOf(request, "content-length")).toBe(String(request.body.length));
});

test("carries a token of the authorization server, as wide as policy says", async () => {
  const [, request] = await sent("client", { json: { order_id: "o-881", amount: 1 } });
  expect(headerOf(request, "authorization")).toMatch(/^Bearer [\w-]{20,}$/);
  const asked = world.server.asked();
  world.upstream.requests.length = 0;
  const [, again] = await sent("client", { json: { order_id: "o-882", amount: 1 } });
  expect(headerOf(again, "authorization")).toBe(headerOf(request, "authorization"));
  world.upstream.requests.length = 0;
  const [, wide] = await sent("client");
  expect(headerOf(wide, "authorization")).not.toBe(headerOf(request, "authorization"));
  expect(world.server.asked()).toBe(asked + 1);
});

test("carries a token that the caller's was exchanged for, with the gateway as the actor", async () => {
  const [, request] = await sent("exchange");
  expect(world.server.given).toMatchObject([
    { sub: "refund-bot", act: { sub: "gateway" }, audience: world.upstream.origin },
  ]);
  expect(headerOf(request, "authorization")).toBe(`Bearer ${world.server.given[0]?.token}`);
});

test("carries a token that the gateway's own word was exchanged for", async () => {
  const [, request] = await sent("signed");
  expect(headerOf(request, "x-service-token")).toBe(world.server.given[0]?.token);
});

test("carries a token of another domain's server, for which the identity provider vouched", async () => {
  const [, request] = await sent("jag");
  expect([world.server.given, world.other.given]).toMatchObject([[], [{ sub: "refund-bot", scope: "read" }]]);
  expect(headerOf(request, "authorization")).toBe(`Bearer ${world.other.given[0]?.token}`);
});

test("carries a JWT about this call alone, which the tool server can check by the published keys", async () => {
  const [called, request] = await sent("jwt", { json: { order_id: "o-881", amount: 20 } });
  const token = headerOf(request, "authorization")?.replace("Bearer ", "") ?? "";
  const keys = createRemoteJWKSet(new URL(`${world.gateway.agents}/.well-known/jwks.json`));
  const { payload } = await jwtVerify(token, keys, { audience: world.upstream.origin, issuer: world.gateway.agents });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(60);
  const [details] = payload["authorization_details"] as { tool: string; request_digest: string }[];
  expect([payload.sub, details?.tool]).toEqual(["refund-bot", "payments/POST /v1/notes"]);
  expect(details?.request_digest).toBe(request.digest);
  const [decision] = await records(called);
  expect(decision).toMatchObject({ judged_digest: request.digest });
});

test("ends what was made for a caller when its access ends, at the authorization server too", async () => {
  const { gateway, server } = world;
  const [, request] = await sent("exchange", { session: "ended" });
  const made = headerOf(request, "authorization")?.replace("Bearer ", "");
  const approver = await gateway.approver();
  const answer = await approver.post("/api/revocations", { kind: "session", target: "ended", reason: "left" });
  expect(answer).toMatchObject({ matched: { credentials: 1 } });
  await eventually("it is revoked", () => (server.revoked.includes(made ?? "") ? true : null));
});

test.each(routeNames)("lets the agent's own token reach no tool server, wherever it stands: %s", async (route) => {
  const json = route === "body" ? { json: { order_id: "o-881", amount: 20 } } : {};
  const session = `own-${route}`;
  const token = world.gateway.token({ sub: "refund-bot", role: "refunds", session }, `/${route}`);
  const places = {
    ..."Proxy-Authorization Cookie DPoP-Token X-Api-Key X-Access-Token X-Auth-Token X-Authorization X-Forwarded-Access-Token"
      .split(" ")
      .reduce<Record<string, string>>((all, name) => ({ ...all, [name]: `Bearer ${token}` }), {}),
  };
  await sent(route, { ...json, session, headers: { ...places, authorization: `Bearer ${token}` } });
  for (const request of world.upstream.requests) expect(textOf(request)).not.toContain(token);
});

test("refuses a call into which the agent's own token was put, and neither sends nor records it", async () => {
  const { gateway, upstream } = world;
  const token = gateway.token({ sub: "refund-bot", role: "refunds", session: "talked-into" }, "/header");
  const headers = { authorization: `Bearer ${token}` };
  const inBody = await world.call("header", { json: { order_id: "o-881", reason: `use ${token}` }, headers });
  expect([inBody.status, inBody.text]).toEqual([403, expect.stringContaining("token_in_call")]);
  const inHeader = await world.call("header", { headers: { ...headers, "x-note": token } });
  expect([inHeader.status, inHeader.text]).toEqual([403, expect.stringContaining("token_in_call")]);
  expect(upstream.requests).toEqual([]);
  expect(JSON.stringify([await records(inBody), await records(inHeader)])).not.toContain(token);
});

test("refuses a call that has something where the credential goes", async () => {
  const inQuery = await world.call("query", { path: "/v1/orders/o-881?API_KEY=mine" });
  expect([inQuery.status, inQuery.text]).toEqual([403, expect.stringContaining("credential_conflict")]);
  const inBody = await world.call("body", { json: { order_id: "o-881", api_key: "mine" } });
  expect([inBody.status, inBody.text]).toEqual([403, expect.stringContaining("credential_conflict")]);
  const noBody = await world.call("body");
  expect([noBody.status, noBody.text]).toEqual([403, expect.stringContaining("credential_conflict")]);
  expect(world.upstream.requests).toEqual([]);
});

test("refuses a call for which policy names a credential that nobody configured", async () => {
  const called = await world.call("header", { json: { order_id: "o-881", amount: 2 } });
  expect([called.status, called.text]).toEqual([403, expect.stringContaining("obligation_failed")]);
  expect(world.upstream.requests).toEqual([]);
});

test("sends nothing and uses no approval up while the credential cannot be obtained", async () => {
  const approver = await world.gateway.approver();
  const refund = { order_id: "o-881", amount: 120, currency: "EUR", reason: "broken" };
  const first = await world.call("exchange", { path: "/v1/refunds", json: refund, session: "held" });
  expect(first.status).toBe(202);
  const { approval } = JSON.parse(first.text) as { approval: { id: string } };
  await approver.approve(approval.id);
  const mend = world.server.failing(503);
  const failed = await world.call("exchange", { path: "/v1/refunds", json: refund, session: "held" });
  expect(JSON.parse(failed.text)).toMatchObject({
    status: 503,
    code: "credential_unavailable",
    retryable: true,
    executed: false,
  });
  expect(failed.text).toContain("(exchange)");
  expect(failed.text).not.toContain(world.server.issuer);
  expect(world.upstream.requests).toEqual([]);
  await world.gateway.told(`${world.server.issuer} answered 503`);
  mend();
  await eventually("the provider is asked again", async () => {
    const again = await world.call("exchange", { path: "/v1/refunds", json: refund, session: "held" });
    return again.status === 200 ? true : null;
  });
  expect(world.upstream.requests).toHaveLength(1);
});

test("takes a credential that the tool server sends back out of the answer, and tells the operator", async () => {
  world.upstream.answerWith((req, res) => {
    const seen = req.headers.authorization ?? "";
    res.writeHead(500, { "content-type": "application/json", "x-debug": seen });
    res.end(JSON.stringify({ error: `no access with ${seen}`, basic: Buffer.from(seen).toString("base64") }));
  });
  const called = await world.call("header");
  expect(called.status).toBe(500);
  expect(called.headers.get("x-debug")).toBe("Bearer [credential removed]");
  expect(JSON.parse(called.text)).toMatchObject({ error: "no access with Bearer [credential removed]" });
  expect(called.headers.get("content-length")).toBe(String(called.text.length));
  const [, outcome] = await records(called);
  expect(outcome).toMatchObject({ credentials: { names: ["header"], removed: 3 } });
  const metrics = await (await fetch(`${world.gateway.console}/metrics`)).text();
  expect(metrics).toContain('sallyport_credentials_removed_total{route="header"} 3');
  await world.gateway.told("the tool server sent a credential back");
  expect(world.gateway.output()).not.toContain("demo-payments-key");
});
