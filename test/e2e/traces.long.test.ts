import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { HttpAgent } from "../../demo/agent/http-agent.ts";
import { eventually } from "../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute, paymentsRoute } from "../support/routes.ts";
import { Collector } from "../support/ship/collector.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

/** OTLP/JSON (opentelemetry-proto, ExportTraceServiceRequest). */
interface SpanJson {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly status: { readonly code?: number };
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: Pick<SpanJson, "attributes">;
    readonly scopeSpans: readonly { readonly spans: readonly SpanJson[] }[];
  }[];
}

const [SERVER, CLIENT] = [2, 3];
/** Stands in arguments, paths and headers, and must stand in no span. */
const mark = "zq7secret";
const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;

const traceId = (): string => randomBytes(16).toString("hex");
const spanId = (): string => randomBytes(8).toString("hex");

function valuesOf({ attributes }: Pick<SpanJson, "attributes">): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

describe("traces of calls", () => {
  let payments: RecordingUpstream;
  let crm: ToolServer;
  let collector: Collector;
  let gateway: TestGateway;

  beforeAll(async () => {
    collector = new Collector();
    [payments, crm] = await Promise.all([
      recordingUpstream((_req, res) => res.writeHead(200, { "content-type": "application/json" }).end("{}")),
      startCrm(0),
    ]);
    await collector.listen();
    gateway = await startGateway({
      routes: [paymentsRoute(payments.origin), crmRoute(crm.origin)],
      config: {
        traces: { url: `${collector.url}/v1/traces`, token: "env:DEMO_PAYMENTS_KEY", allow_addresses: ["loopback"] },
      },
    });
  });
  afterAll(async () => {
    await Promise.all([gateway?.close(), payments?.close(), crm?.stop(), collector?.close()]);
  });

  const exports = (): Export[] =>
    collector.arrived.map(({ body }) => JSON.parse(gunzipSync(body).toString()) as Export);
  const spans = (): SpanJson[] =>
    exports().flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans: of }) => of)),
    );
  /** The spans of the call with this decision, its own first. */
  const spansOf = (decision: string | null): Promise<readonly [SpanJson, ...SpanJson[]]> =>
    eventually("the spans of the call", () => {
      const all = spans();
      const call = all.find((span) => valuesOf(span)["sallyport.decision_id"] === decision);
      if (call === undefined) return null;
      return [call, ...all.filter(({ parentSpanId }) => parentSpanId === call.spanId)] as const;
    });

  test("a call that goes on is a span with one for each step, in the caller's trace, and the tool server is told its parent", async () => {
    const [id, parent] = [traceId(), spanId()];
    const headers = { traceparent: `00-${id}-${parent}-01` };
    const { status, decisionId } = await gateway.refundBot().call({ ...order, headers });
    expect(status).toBe(200);
    const [call, ...steps] = await spansOf(decisionId);
    expect(call).toMatchObject({ traceId: id, parentSpanId: parent, kind: SERVER, name: "tools/call get_order" });
    expect(valuesOf(call)).toMatchObject({
      "http.request.method": "GET",
      "http.route": "/payments",
      "sallyport.effect": "allow",
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "get_order",
      "sallyport.subject": "refund-bot",
      "sallyport.outcome": "forwarded",
    });
    expect(Number(valuesOf(call)["http.response.status_code"])).toBe(200);
    const names = steps.map(({ name }) => name).toSorted();
    expect(names).toEqual(["decide", "forward payments", "gather", "identify", "parse", "record"]);
    for (const { traceId: of, startTimeUnixNano: from, endTimeUnixNano: to } of steps) {
      expect(of).toBe(id);
      expect(BigInt(from)).toBeLessThanOrEqual(BigInt(to));
    }
    const forward = steps.find(({ kind }) => kind === CLIENT);
    const sent = payments.requests.at(-1)?.headers.find(([name]) => name === "traceparent")?.[1];
    expect(sent).toBe(`00-${id}-${forward?.spanId}-01`);
    expect(collector.arrived[0]?.headers.authorization).toMatch(/^Bearer .+/);
    expect(valuesOf(exports()[0]?.resourceSpans[0]?.resource as SpanJson)).toMatchObject({
      "service.name": "sallyport",
      "service.instance.id": expect.any(String) as unknown,
    });
  });

  test("a call without a trace begins one, which its tool server goes on with", async () => {
    const { decisionId } = await gateway.refundBot().call(order);
    const [call, ...steps] = await spansOf(decisionId);
    expect(call.parentSpanId ?? "").toBe("");
    const forward = steps.find(({ kind }) => kind === CLIENT);
    const sent = payments.requests.at(-1)?.headers.find(([name]) => name === "traceparent")?.[1];
    expect(sent).toBe(`00-${call.traceId}-${forward?.spanId}-01`);
  });

  test("the metrics name the trace of a call beside how long it took, in the format that has a place for it", async () => {
    const { decisionId } = await gateway.refundBot().call(order);
    const [{ traceId: id }] = await spansOf(decisionId);
    const headers = { accept: "application/openmetrics-text; version=1.0.0" };
    const exemplar = `# {trace_id="${id}",decision_id="${decisionId}"} `;
    const lines = await eventually("the call has ended", async () => {
      const page = await (await fetch(`${gateway.console}/metrics`, { headers })).text();
      const found = page.split("\n").filter((line) => line.includes(exemplar));
      return found.length === 2 ? found : null;
    });
    expect(lines.map((line) => line.slice(0, line.indexOf("{"))).toSorted()).toEqual([
      "sallyport_policy_evaluation_seconds_bucket",
      "sallyport_request_seconds_bucket",
    ]);
    expect(await (await fetch(`${gateway.console}/metrics`)).text()).not.toContain(id);
  });

  test("a message of MCP is in the trace that its _meta names, under its method and its tool", async () => {
    const [id, parent] = [traceId(), spanId()];
    const token = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
    const meta = {
      traceparent: `00-${id}-${parent}-01`,
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "t", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const params = { name: "find_ticket", arguments: { query: mark }, _meta: meta };
    const response = await fetch(`${gateway.agents}/mcp/crm`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": "find_ticket",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 7, method: "tools/call", params }),
    });
    await response.text();
    expect(response.status).toBe(200);
    const [call] = await spansOf(response.headers.get("sallyport-decision"));
    expect(call).toMatchObject({ traceId: id, parentSpanId: parent, name: "tools/call find_ticket" });
    expect(valuesOf(call)).toMatchObject({
      "mcp.method.name": "tools/call",
      "mcp.protocol.version": "2026-07-28",
      "jsonrpc.request.id": "7",
      "gen_ai.tool.name": "find_ticket",
    });
  });

  test("refusals are spans too, with their code, and are no errors of the gateway", async () => {
    const { status, decisionId } = await new HttpAgent(gateway.agents, mark).call(order);
    expect(status).toBe(401);
    const [call, ...steps] = await spansOf(decisionId);
    expect(valuesOf(call)).toMatchObject({ "error.type": "token_invalid", "sallyport.effect": "deny" });
    expect(call.status.code ?? 0).toBe(0);
    expect(call.name).toBe("GET /payments");
    expect(steps.map(({ name }) => name)).toEqual(expect.arrayContaining(["record", "deny"]));
  });

  test("no span has an argument, a path, a query or a header of the caller", async () => {
    const json = { order_id: "o-881", amount: 5_000, currency: "EUR", reason: mark };
    const answers = [
      await gateway.refundBot().call({ method: "POST", path: "/payments/v1/refunds", json }),
      await gateway.refundBot().call({ ...order, path: `/payments/v1/${mark}?q=${mark}` }),
      await gateway.refundBot().call({ ...order, headers: { "sallyport-intent": mark } }),
    ];
    for (const { decisionId } of answers) await spansOf(decisionId);
    expect(JSON.stringify(exports())).not.toContain(mark);
  });

  test("a caller that does not want its trace has none, and its tool server is told so", async () => {
    const id = traceId();
    const headers = { traceparent: `00-${id}-${spanId()}-00` };
    await gateway.refundBot().call({ ...order, headers });
    const sent = payments.requests.at(-1)?.headers.find(([name]) => name === "traceparent")?.[1];
    expect(sent).toMatch(new RegExp(`^00-${id}-[0-9a-f]{16}-00$`));
    // Spans are sent in order: the next call's would come after.
    await spansOf((await gateway.refundBot().call(order)).decisionId);
    expect(spans().some((span) => span.traceId === id)).toBe(false);
  });

  test("a receiver that takes nothing delays no call, and is a finding that leaves the gateway ready", async () => {
    collector.choose = () => ({ status: 503 });
    expect((await gateway.refundBot().call(order)).status).toBe(200);
    const finding = () =>
      fetch(`${gateway.console}/readyz`).then(async (answer) => ({ status: answer.status, text: await answer.text() }));
    const told = await eventually("the finding", async () => {
      const found = await finding();
      return found.text.includes('"traces"') ? found : null;
    });
    expect(told.status).toBe(200);
    expect(told.text).toContain("answered 503");
    collector.choose = () => null;
    await gateway.refundBot().call(order);
    await eventually("it is over", async () => ((await finding()).text.includes('"traces"') ? null : true));
  });
});
