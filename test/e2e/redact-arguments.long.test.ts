/** What policy takes out of a call before it is sent, and that what is sent is judged again. */
import type { Approver } from "../../demo/agent/approver.ts";
import type { HttpAgent } from "../../demo/agent/http-agent.ts";
import { addArgumentRules, loggedRecords } from "../support/argument-rules.ts";
import { eventually } from "../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute, paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;
let agent: HttpAgent;
let approver: Approver;

beforeAll(async () => {
  upstream = await recordingUpstream();
  gateway = await startGateway({
    routes: [paymentsRoute(upstream.origin), crmRoute(upstream.origin)],
    policy: addArgumentRules,
  });
  agent = gateway.refundBot();
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));
beforeEach(() => {
  upstream.requests.length = 0;
  upstream.answerWith((_req, res) => res.setHeader("content-type", "application/json").end("{}"));
});

const post = (path: string, json: object, headers: Record<string, string>) =>
  agent.call({ method: "POST", path: `/payments/v1/${path}`, json: { order_id: "o-881", ...json }, headers });
/** Nobody has to approve it. */
const note = (json: object, headers: Record<string, string> = {}) => post("notes", json, headers);
/** People have to. */
const refund = (json: object, headers: Record<string, string> = {}) =>
  post("refunds", { currency: "EUR", ...json }, headers);
const both = (decisionId: string | null) =>
  eventually("both records", async () => {
    const found = await loggedRecords(gateway, decisionId ?? "");
    return found.length === 2 ? found : null;
  });

test("sends a call without what policy takes out of it, exact in every other part, and records both digests", async () => {
  const token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
  const response = await fetch(`${gateway.agents}/payments/v1/notes`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: '{"order_id":"o-881","amount":20.00,"currency":"EUR","reason":"ask ada@a.example about it"}',
  });
  expect(response.status).toBe(200);
  const [request] = upstream.requests;
  const body = '{"order_id":"o-881","amount":20.00,"currency":"EUR","reason":"ask [redacted] about it"}';
  expect(request?.body.toString()).toBe(body);
  expect(request?.headers).toContainEqual(["content-length", String(body.length)]);
  const [decision, outcome] = await both(response.headers.get("sallyport-decision"));
  expect(decision).toMatchObject({
    judged_digest: request?.digest,
    redacted: { received_digest: expect.stringMatching(/^sha256:/), values: 1, effect: "allow" },
    result: { effect: "allow", obligations: [{ type: "redact_arguments", pointers: ["/internal_note"] }] },
  });
  expect((decision?.["redacted"] as { received_digest: string }).received_digest).not.toBe(request?.digest);
  expect(JSON.stringify(decision)).not.toContain("ada@");
  expect(outcome).toMatchObject({ outcome: "forwarded", forwarded_digest: request?.digest });
});

test("sends a call of which policy asks for the same once more, and byte for byte one with nothing to take out", async () => {
  const answer = await note({ reason: "card 4111 1111", internal_note: { to: "staff" } });
  expect(answer.status).toBe(200);
  expect(JSON.parse(String(upstream.requests[0]?.body))).toMatchObject({ reason: "[redacted]", internal_note: null });
  const token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
  const body = '{ "order_id" : "o-881" }';
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  await fetch(`${gateway.agents}/payments/v1/notes`, { method: "POST", headers, body });
  expect(String(upstream.requests[1]?.body)).toBe(body);
});

test.each([
  ["denies a call of which policy does not allow what is left", { order_id: "o-strict" }, "redaction_denied"],
  ["denies a call of which policy takes out more and more", { order_id: "o-more" }, "redaction_unsettled"],
])("%s, and sends nothing", async (_what, change, code) => {
  const answer = await note({ reason: "card 4111 1111", ...change });
  expect([answer.status, answer.body["code"], answer.body["executed"]]).toEqual([403, code, false]);
  expect(upstream.requests).toEqual([]);
  const [decision] = await both(answer.decisionId);
  expect(decision).toMatchObject({ result: { effect: "deny", doubt: code }, redacted: { values: 1 } });
  if (code === "redaction_denied") expect(JSON.stringify(answer.body["reasons"])).toContain("REASON_MISSING");
});

test("refuses by name a call from which nothing can be taken out exactly", async () => {
  const signed = await note({ reason: "ask ada@a.example" }, { "x-hub-signature-256": "sha256=0" });
  expect([signed.status, signed.body["code"]]).toEqual([403, "redaction_refused"]);
  expect(JSON.stringify(signed.body)).toContain("x-hub-signature-256");
  expect(upstream.requests).toEqual([]);
});

test("people see and approve the call as it will be sent, and it runs once, also under its Idempotency-Key", async () => {
  const large = { amount: 180, reason: "ask ada@a.example" };
  const key = { "idempotency-key": '"k-1"' };
  const held = await refund(large, key);
  expect(held.status).toBe(202);
  const { id } = held.body["approval"] as { id: string };
  const card = await approver.get(`/api/approvals/${id}`);
  expect(JSON.stringify(card)).not.toContain("ada@");
  expect(JSON.stringify(card)).toContain("ask [redacted]");
  await approver.approve(id);
  const sent = await refund(large, key);
  expect(sent.status).toBe(200);
  expect(upstream.requests.map(({ body }) => JSON.parse(String(body)) as object)).toEqual([
    expect.objectContaining({ reason: "ask [redacted]", amount: 180 }),
  ]);
  const again = await refund(large, key);
  expect([again.status, again.headers.get("sallyport-outcome")]).toEqual([200, "replayed"]);
  expect(upstream.requests).toHaveLength(1);
  const [, outcome] = await both(sent.decisionId);
  expect(outcome).toMatchObject({
    approval_id: id,
    obligations: expect.arrayContaining(["redact_arguments", "consume_approval"]) as never,
  });
});

test("of a large body, what is recorded, bound and sent is what is left of it", async () => {
  const note = "x".repeat(5_000);
  const large = { amount: 185, reason: "ask ada@a.example", note };
  const held = await refund(large);
  expect(held.status).toBe(202);
  const { id } = held.body["approval"] as { id: string };
  const card = JSON.stringify(await approver.get(`/api/approvals/${id}`));
  expect([card.includes("ada@"), card.includes("ask [redacted]")]).toEqual([false, true]);
  await approver.approve(id);
  const other = await refund({ ...large, note: `${note}y` });
  expect([other.status, upstream.requests.length]).toEqual([202, 0]);
  const sent = await refund(large);
  expect(sent.status).toBe(200);
  const [request] = upstream.requests;
  expect(JSON.parse(String(request?.body))).toMatchObject({ reason: "ask [redacted]", amount: 185, note });
  const [decision, outcome] = await both(sent.decisionId);
  expect(JSON.stringify(decision)).not.toContain("ada@");
  expect(decision).toMatchObject({ judged_digest: request?.digest, redacted: { values: 1 } });
  expect(outcome).toMatchObject({ approval_id: id, forwarded_digest: request?.digest });
});

test("a call that waits for people on an open connection is sent as they approved it", async () => {
  const waiting = refund({ amount: 190, reason: "ask eve@a.example" }, { prefer: "wait=60" });
  const item = await eventually(
    "the question",
    async () => (await approver.open()).find((one) => one.summary.includes("190")) ?? null,
  );
  await approver.approve(item.id);
  expect((await waiting).status).toBe(200);
  expect(JSON.parse(String(upstream.requests[0]?.body))).toMatchObject({ reason: "ask [redacted]", amount: 190 });
});

test("the arguments of an MCP tool are taken out in the same way", async () => {
  upstream.answerWith((_req, res) =>
    res.setHeader("content-type", "application/json").end('{"jsonrpc":"2.0","id":8,"result":{"content":[]}}'),
  );
  const token = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
  const send = (query: string) =>
    fetch(`${gateway.agents}/mcp/crm`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: `{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"find_ticket","arguments":{"query":${JSON.stringify(query)},"n":1.50}}}`,
    });
  expect((await send("mail of ada@a.example")).status).toBe(200);
  expect(String(upstream.requests[0]?.body)).toContain('"arguments":{"query":"mail of [redacted]","n":1.50}');
  expect(String(upstream.requests[0]?.body)).toContain('"id":8');
  expect((await send("loop-1")).status).toBe(200);
  expect(String(upstream.requests[1]?.body)).toContain('"query":"[redacted]"');
});

test("of a large call of an MCP tool, what is sent is what is left of it, and exact in every other part", async () => {
  upstream.answerWith((_req, res) =>
    res.setHeader("content-type", "application/json").end('{"jsonrpc":"2.0","id":8,"result":{"content":[]}}'),
  );
  const text = (query: string): string =>
    `{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"find_ticket","arguments":{"query":"${query}","n":1.50,"note":"${"x".repeat(5_000)}"}}}`;
  const response = await fetch(`${gateway.agents}/mcp/crm`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm")}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: text("mail of ada@a.example"),
  });
  expect(response.status).toBe(200);
  const [request] = upstream.requests;
  expect(request?.body.toString()).toBe(text("mail of [redacted]"));
  const [decision] = await both(response.headers.get("sallyport-decision"));
  expect(JSON.stringify(decision)).not.toContain("ada@");
  expect(decision).toMatchObject({ judged_digest: request?.digest, redacted: { values: 1 } });
});
