/**
 * An MCP gateway kept what it had decided with the session id: a session opened on one route was taken on another, which led
 * past that route's own authentication and policy to its tool server. Here: every message is identified, judged and sent by
 * the route it came in on. A session id opens nothing, and belongs to the caller that used it first.
 */
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { crmRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";

const session = "5e551011-0000-4000-8000-00000000cafe";
let crm: RecordingUpstream;
let other: RecordingUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  [crm, other] = await Promise.all([recordingUpstream(answer), recordingUpstream(answer)]);
  gateway = await startGateway({
    routes: [crmRoute(crm.origin), crmRoute(other.origin, { id: "other", prefix: "/mcp/other", server: "other" })],
  });
});
afterAll(() => Promise.all([gateway?.close(), crm?.close(), other?.close()]));
beforeEach(() => {
  crm.requests.length = 0;
  other.requests.length = 0;
});

const answer: Parameters<typeof recordingUpstream>[0] = (_req, res, { body }) => {
  const { id } = JSON.parse(body.toString() || "{}") as { id?: number };
  res.setHeader("mcp-session-id", session).setHeader("content-type", "application/json");
  res.end(JSON.stringify({ jsonrpc: "2.0", id: id ?? 0, result: { content: [], tools: [] } }));
};

const bot = { sub: "support-bot", role: "support" };
const tokenFor = (prefix: string, who = bot) => gateway.token(who, prefix);
const find = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "find_ticket", arguments: { ticket_id: "t-1" } },
};

/** `named`: another id than that which the caller of the token has of the session on this route. */
async function send(prefix: string, token: string | null, message: object = find, named: string | null = null) {
  const own = await gateway.inSession(token ?? tokenFor(prefix), prefix, { "mcp-session-id": session });
  const response = await fetch(gateway.agents + prefix, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
      "mcp-session-id": named ?? own["mcp-session-id"],
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(message),
  });
  return { status: response.status, text: await response.text() };
}

test("opens nothing on another route to the token of the first, nor without a token", async () => {
  expect((await send("/mcp/crm", tokenFor("/mcp/crm"))).status).toBe(200);
  expect(crm.requests).toHaveLength(1);
  expect(await send("/mcp/other", tokenFor("/mcp/crm"))).toMatchObject({ status: 401 });
  expect(await send("/mcp/other", null)).toMatchObject({ status: 401 });
  expect(await send("/mcp/crm", null)).toMatchObject({ status: 401 });
  expect([crm.requests.length, other.requests.length]).toEqual([1, 0]);
});

test("is judged on another route by that route's own tools, and never sent to the first one's server", async () => {
  expect((await send("/mcp/crm", tokenFor("/mcp/crm"))).text).not.toContain("isError");
  const replayed = await send("/mcp/other", tokenFor("/mcp/other"));
  expect(replayed.text).toMatch(/"isError":true|"error":/);
  expect([crm.requests.length, other.requests.length]).toEqual([1, 0]);
  await send("/mcp/other", tokenFor("/mcp/other"), { jsonrpc: "2.0", id: 2, method: "ping" });
  expect([crm.requests.length, other.requests.length]).toEqual([1, 1]);
});

test("is of no use to another caller on its own route", async () => {
  expect((await send("/mcp/crm", tokenFor("/mcp/crm"))).status).toBe(200);
  const thief = await send("/mcp/crm", tokenFor("/mcp/crm", { sub: "thief-bot", role: "support" }));
  expect(thief).toMatchObject({ status: 404, text: expect.stringContaining("mcp_session_unknown") });
  expect(crm.requests).toHaveLength(1);
});

test("is unknown to its own caller on another route", async () => {
  const token = tokenFor("/mcp/crm");
  const { "mcp-session-id": id } = await gateway.inSession(token, "/mcp/crm", { "mcp-session-id": session });
  const carried = await send("/mcp/other", tokenFor("/mcp/other"), { jsonrpc: "2.0", id: 2, method: "ping" }, id);
  expect(carried).toMatchObject({ status: 404, text: expect.stringContaining("mcp_session_unknown") });
  expect(other.requests).toHaveLength(0);
});
