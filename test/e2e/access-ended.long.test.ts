/** Access that ends while calls, streams and questions to people are open, over real listeners. */
import { eventually } from "../support/eventually.ts";
import { type HangingUpstream, hangingUpstream } from "../support/hanging-upstream.ts";
import { readLog } from "../conformance/attacks/support/log.ts";
import { crmRoute, paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

interface Made {
  readonly id: string;
  readonly matched: Readonly<Record<string, number>>;
}

let upstream: HangingUpstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await hangingUpstream();
  gateway = await startGateway({
    config: { issuers: [{ id: "dev", development: true, clock_skew: "0s" }] },
    routes: [
      paymentsRoute(upstream.origin, { results: { streams: "pass-labelled" } }),
      crmRoute(upstream.origin, { hold: { silent_wait: "30s" } }),
    ],
  });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

let made: Made | null = null;
afterEach(async () => {
  if (made !== null) await (await gateway.approver()).post(`/api/revocations/${made.id}/lift`, {});
  made = null;
});

async function revoke(body: object): Promise<Made> {
  const reason = "the laptop was stolen";
  return (made = (await (await gateway.approver()).post("/api/revocations", { reason, ...body })) as Made);
}

let count = 0;

/** An agent of its own for each test. */
function agent(claims: { readonly ttl?: number } = {}) {
  const sub = `agent-${(count += 1)}`;
  const token = (prefix: string, role: string) =>
    gateway.token({ sub, role, session: `run-${count}`, ...claims }, prefix);
  const [payments, crm] = [token("/payments", "refunds"), token("/mcp/crm", "support")];
  const json = { "content-type": "application/json" };
  return {
    sub,
    /** An order, whose answer is an event stream or never comes. */
    order: (item: string, accept = "*/*") =>
      fetch(`${gateway.agents}/payments/v1/orders/o-1?item=${item}`, {
        headers: { authorization: `Bearer ${payments}`, accept },
      }),
    refund: (item: string, headers: Readonly<Record<string, string>> = {}) =>
      fetch(`${gateway.agents}/payments/v1/refunds`, {
        method: "POST",
        headers: { authorization: `Bearer ${payments}`, ...json, ...headers },
        body: JSON.stringify({ order_id: "o-1", amount: 5, currency: "EUR", reason: "late", item }),
      }),
    mcp: async (message: object | null, headers: Readonly<Record<string, string>> = {}) =>
      fetch(`${gateway.agents}/mcp/crm`, {
        method: message === null ? "GET" : "POST",
        headers: {
          authorization: `Bearer ${crm}`,
          "mcp-protocol-version": "2025-11-25",
          ...json,
          accept: message === null ? "text/event-stream" : "application/json, text/event-stream",
          ...(await gateway.inSession(crm, "/mcp/crm", headers)),
        },
        ...(message === null ? {} : { body: JSON.stringify({ jsonrpc: "2.0", ...message }) }),
      }),
  };
}

const find = (item: string, more: object = {}) => ({
  method: "tools/call",
  params: { name: "find_ticket", arguments: { item, ...more } },
});

const begun = (item: string) => eventually(`${item} has begun`, () => upstream.of(item)[0] ?? null);
const cut = (item: string) => eventually(`${item} is cut`, () => upstream.of(item)[0]?.cutAt ?? null);

type Line = Readonly<Record<string, unknown>>;

/** Outcomes and ends of access are on disk a moment after their answer. */
const recorded = (what: string, matches: (line: Line) => boolean) =>
  eventually(`the record of ${what}`, async () => {
    const lines = (await readLog(gateway.logDir)).lines as unknown as readonly Line[];
    return lines.find(matches) ?? null;
  });

async function outcomeOf(item: string) {
  const { decisionId } = await begun(item);
  return recorded(item, ({ kind, decision_id }) => kind === "outcome" && decision_id === decisionId);
}

const refusal = (id: number, code: string) => ({
  id,
  result: { isError: true, _meta: { "dev.sallyport/decision": { code } } },
});

it("cuts a call of plain HTTP at its tool server and tells its caller that it may have been executed", async () => {
  const { sub, order } = agent();
  const answer = order("http-call");
  await begun("http-call");
  const { id, matched } = await revoke({ kind: "subject", target: sub });
  expect(matched).toMatchObject({ calls: 1, streams: 0, held: 0, sessions: 1, unanswered: 0 });
  await cut("http-call");
  expect([(await answer).status, await (await answer).json()]).toMatchObject([
    403,
    { code: "access_ended", executed: null, retryable: false, detail: expect.stringContaining("may have been exec") },
  ]);
  expect(await outcomeOf("http-call")).toMatchObject({
    outcome: "aborted",
    code: "access_ended",
    ended_by: { kind: "subject", id, reason: "the laptop was stolen" },
  });
  expect((await order("after")).status).toBe(403);
  expect(upstream.of("after")).toEqual([]);
});

it("ends an event stream with an event that says why", async () => {
  const { sub, order } = agent();
  const stream = await order("events", "text/event-stream");
  await begun("events");
  const { matched } = await revoke({ kind: "subject", target: sub });
  expect(matched).toMatchObject({ calls: 0, streams: 1 });
  const text = await stream.text();
  expect(text).toMatch(/^data: \{"count":1\}\n\n/);
  expect(text).toMatch(/\n\nevent: error\ndata: \{.*"code":"access_ended".*\}\n\n$/);
  expect(await outcomeOf("events")).toMatchObject({ outcome: "aborted", ended_by: { kind: "subject" } });
});

it("calls a request off at an MCP server before 2026-07-28, and answers it", async () => {
  const { sub, mcp } = agent();
  const answer = mcp({ id: 7, ...find("mcp-call") });
  await begun("mcp-call");
  await revoke({ kind: "client", target: sub });
  expect(await (await answer).json()).toMatchObject(refusal(7, "access_ended"));
  await cut("mcp-call");
  const [one] = upstream.of("mcp-call");
  expect(one?.cancelledAt).toBeLessThanOrEqual(one?.cutAt ?? 0);
});

it("ends the event stream that answers an MCP request with that answer", async () => {
  const { sub, mcp } = agent();
  const stream = await mcp({ id: 8, ...find("mcp-events", { stream: true }) });
  await begun("mcp-events");
  const { matched } = await revoke({ kind: "subject", target: sub });
  expect(matched).toMatchObject({ calls: 1, streams: 0 });
  const messages = (await stream.text()).split("\n").filter((line) => line.startsWith("data:"));
  expect(JSON.parse(messages.at(-1)?.slice(5) ?? "")).toMatchObject(refusal(8, "access_ended"));
  await cut("mcp-events");
});

it("ends a stream of server messages with an error that answers no request", async () => {
  const { mcp } = agent();
  const stream = await mcp(null, { "mcp-session-id": "transport-1" });
  await begun("transport-1");
  const { matched } = await revoke({ kind: "session", target: "transport-1" });
  expect(matched).toMatchObject({ streams: 1 });
  const last = (await stream.text()).split("\n").findLast((line) => line.startsWith("data:"));
  expect(JSON.parse(last?.slice(5) ?? "")).toMatchObject({ id: null, error: { data: { code: "access_ended" } } });
  await cut("transport-1");
});

it("cancels a task that runs, whose caller learns of it once access is given back", async () => {
  const { sub, mcp } = agent();
  const { method, params } = find("as-task");
  const created = await (await mcp({ id: 10, method, params: { ...params, task: { ttl: 60_000 } } })).json();
  const { taskId } = (created as { result: { task: { taskId: string } } }).result.task;
  await begun("as-task");
  expect((await revoke({ kind: "subject", target: sub })).matched).toMatchObject({ calls: 1 });
  await cut("as-task");
  const get = async () => (await mcp({ id: 11, method: "tasks/get", params: { taskId } })).json();
  expect(await get()).toMatchObject({ error: { data: { code: "access_revoked" } } });
  await (await gateway.approver()).post(`/api/revocations/${made?.id}/lift`, {});
  made = null;
  const task = await eventually("the task has ended", async () => {
    const { result } = (await get()) as { result: { status: string; statusMessage?: string } };
    return result.status === "working" ? null : result;
  });
  expect(task).toMatchObject({ status: "cancelled", statusMessage: expect.stringContaining("is not known") });
  expect(await outcomeOf("as-task")).toMatchObject({ outcome: "aborted" });
  const result = await (await mcp({ id: 12, method: "tasks/result", params: { taskId } })).json();
  expect(result).toMatchObject({ error: { data: { code: "access_ended" } } });
});

it("takes a closed stream for the cancellation in MCP 2026-07-28", async () => {
  const { sub, mcp } = agent();
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const { method, params } = find("modern-call");
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": method, "mcp-name": "find_ticket" };
  const answer = mcp({ id: 9, method, params: { ...params, _meta: meta } }, headers);
  await begun("modern-call");
  await revoke({ kind: "subject", target: sub });
  expect(await (await answer).json()).toMatchObject({ id: 9, result: { isError: true, resultType: "complete" } });
  await cut("modern-call");
  expect(upstream.of("modern-call")[0]?.cancelledAt).toBeNull();
});

it("answers a caller that waits for people at once, and cancels what it asked", async () => {
  const { sub, refund } = agent();
  const answer = refund("held", { prefer: "wait=60" });
  const person = await gateway.approver();
  const { id } = await eventually(
    "it is held",
    async () => (await person.open()).find(({ agent }) => agent === sub) ?? null,
  );
  const { matched, id: revocation } = await revoke({ kind: "server", target: "payments" });
  expect(matched).toMatchObject({ held: 1, sessions: 1 });
  expect([(await answer).status, await (await answer).json()]).toMatchObject([
    403,
    { code: "access_revoked", executed: false },
  ]);
  expect(await person.show(id)).toMatchObject({
    approval: { state: "cancelled", ended_by: { kind: "server", id: revocation } },
  });
  const decision = (await answer).headers.get("sallyport-decision");
  expect(
    await recorded("the call", ({ kind, decision_id }) => kind === "outcome" && decision_id === decision),
  ).toMatchObject({ outcome: "refused", ended_by: { id: revocation } });
});

it("says on the card of an approved call that was carried out what ended it", async () => {
  const { sub, refund } = agent();
  const answer = refund("approved", { prefer: "wait=30" });
  const person = await gateway.approver();
  const { id } = await eventually(
    "it is held",
    async () => (await person.open()).find(({ agent: who }) => who === sub) ?? null,
  );
  await person.approve(id);
  await begun("approved");
  const { id: revocation } = await revoke({ kind: "subject", target: sub });
  expect(await (await answer).json()).toMatchObject({ code: "access_ended", executed: null });
  const card = await eventually("it has its ending", async () => {
    const { approval } = (await person.show(id)) as unknown as { approval: { readonly state: string } };
    return approval.state === "released" ? null : approval;
  });
  expect(card).toMatchObject({ state: "unknown", ended_by: { kind: "subject", id: revocation } });
});

it("answers an MCP caller that is told of progress while people decide, on the stream that tells it", async () => {
  const { sub, mcp } = agent();
  const remove = { name: "delete_customer", arguments: { customer_id: "c-1" }, _meta: { progressToken: "p-1" } };
  const stream = await mcp({ id: 13, method: "tools/call", params: remove });
  const person = await gateway.approver();
  const held = async () => (await person.open()).find(({ agent: who }) => who === sub) ?? null;
  await eventually("it is held", held);
  expect((await revoke({ kind: "tool", target: "crm/delete_customer" })).matched).toMatchObject({ held: 1 });
  const messages = (await stream.text()).split("\n").filter((line) => line.startsWith("data:"));
  expect(messages.length).toBeGreaterThan(1);
  expect(JSON.parse(messages.at(-1)?.slice(5) ?? "")).toMatchObject(refusal(13, "access_revoked"));
  expect(await held()).toBeNull();
});

it("leaves others alone, and lets calls through again when it is lifted", async () => {
  const [one, other] = [agent(), agent()];
  const [mine, theirs] = [one.order("mine"), other.order("theirs")];
  await Promise.all([begun("mine"), begun("theirs")]);
  await revoke({ kind: "subject", target: one.sub });
  expect((await mine).status).toBe(403);
  expect(upstream.of("theirs")[0]?.cutAt).toBeNull();
  await (await gateway.approver()).post(`/api/revocations/${made?.id}/lift`, {});
  made = null;
  const again = one.order("again");
  await begun("again");
  await revoke({ kind: "gateway" });
  expect([(await again).status, (await theirs).status]).toEqual([403, 403]);
});

it("cuts a stream at the end of the token that it was opened with", async () => {
  const { order } = agent({ ttl: 3 });
  const stream = await order("short", "text/event-stream");
  const text = await stream.text();
  expect(text).toMatch(/event: error\ndata: \{.*the caller's credential has expired.*\}\n\n$/);
  expect(await outcomeOf("short")).toMatchObject({ outcome: "aborted", ended_by: { kind: "token", id: null } });
});

it("records who ended whose access, why, and what ended with it", async () => {
  const { sub } = agent();
  const { id } = await revoke({ kind: "subject", target: sub, anyway: true, for: 3_600 });
  expect(await recorded("the end of access", (line) => line["id"] === id)).toMatchObject({
    kind: "access",
    action: "revoked",
    by: "approver",
    reason: "the laptop was stolen",
    target: { kind: "subject", issuer: null, target: sub },
    until: expect.stringMatching(/^20/),
    matched: { calls: 0, unanswered: 0 },
  });
});
