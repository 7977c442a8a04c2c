import { mkdir } from "node:fs/promises";
import type { Approver } from "../../demo/agent/approver.ts";
import { HttpAgent, type HttpAnswer } from "../../demo/agent/http-agent.ts";
import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { readLog } from "../conformance/attacks/support/log.ts";
import { eventually } from "../support/eventually.ts";
import { clientNames, decisionOf, mcpClient } from "../support/mcp-clients.ts";
import type { PolicyCopy } from "../support/policy-copy.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute, paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;
const onRoute = (prefix: string) => ({ ...order, path: `${prefix}/v1/orders/o-881` });
const refund = (amount: number) =>
  ({
    method: "POST",
    path: "/payments/v1/refunds",
    json: { order_id: "o-881", amount, currency: "EUR", reason: "late" },
  }) as const;

const limits = [
  {
    name: "reads",
    by: ["subject", "tool"],
    routes: ["payments"],
    tools: ["payments/get_order"],
    rate: { max: 3, per: "1h" },
  },
  { name: "one-refund", by: "subject", tools: ["payments/create_refund"], rate: { max: 1, per: "1h" } },
  { name: "tickets", by: "subject", tools: ["crm/find_ticket"], rate: { max: 1, per: "30s" } },
  { name: "stuck", by: "subject", routes: ["loop"], loop: { max: 2, per: "10m" } },
  { name: "slots", by: "subject", routes: ["slow"], concurrent: 1 },
  { name: "points", by: "client", routes: ["paid"], spend: { unit: "POINT", max: "2.00", per: "1h" } },
  { name: "fuse", routes: ["down"], breaker: { calls: 3, failures: 1, open: "1m" } },
];

/** Asks for a limit of its own for one caller. */
const byPolicy = `package sallyport.rules.tests.limited

oblige contains {"type": "limit", "kind": "rate", "key": ["client"], "per": "1h", "max": 1} if {
	input.subject.id == "limited-bot"
}
`;

async function withRule(copy: PolicyCopy): Promise<void> {
  await copy.addData("catalog", { payments: { get_order: { price: { POINT: "0.75" } } } });
  await mkdir(copy.file("sallyport/rules/tests/limited"), { recursive: true });
  await copy.write("sallyport/rules/tests/limited/limited.rego", byPolicy);
}

describe("limits of calls", () => {
  let upstream: RecordingUpstream;
  let crm: ToolServer;
  let gateway: TestGateway;
  let approver: Approver;

  beforeAll(async () => {
    [upstream, crm] = await Promise.all([recordingUpstream(), startCrm(0)]);
    const also = (id: string) => paymentsRoute(upstream.origin, { id, prefix: `/${id}` });
    const refused = paymentsRoute("http://127.0.0.1:1", { id: "down", prefix: "/down" });
    gateway = await startGateway({
      routes: [paymentsRoute(upstream.origin), also("loop"), also("slow"), also("paid"), refused, crmRoute(crm.origin)],
      config: { limits },
      policy: withRule,
    });
    approver = await gateway.approver();
  });
  afterAll(() => Promise.all([gateway?.close(), upstream?.close(), crm?.stop()]));

  function agent(sub: string, prefix: string, role = "refunds"): HttpAgent {
    return new HttpAgent(gateway.agents, gateway.token({ sub, role }, prefix));
  }

  async function statuses(count: number, call: () => Promise<HttpAnswer>): Promise<number[]> {
    const all: number[] = [];
    for (let n = 0; n < count; n++) all.push((await call()).status);
    return all;
  }

  it("answer 429 with the exact wait, and count each caller for itself", async () => {
    upstream.requests.length = 0;
    const one = agent("reader-1", "/payments");
    expect(await statuses(3, () => one.call(order))).toEqual([200, 200, 200]);
    const { status, headers, body } = await one.call(order);
    expect([status, body["code"], body["retryable"], body["executed"]]).toEqual([429, "limit_exceeded", true, false]);
    const wait = Number(headers.get("retry-after"));
    expect(wait).toBeGreaterThan(3_000);
    expect(wait).toBeLessThanOrEqual(3_600);
    expect([headers.get("ratelimit-policy"), headers.get("ratelimit")]).toEqual([
      '"reads";q=3;w=3600',
      `"reads";r=0;t=${wait}`,
    ]);
    expect(body["detail"]).toContain("3 per 1h for each subject and tool, limit reads");
    expect(body["next"]).toBe(`Wait ${wait} seconds, then send it again.`);
    expect(await statuses(1, () => agent("reader-2", "/payments").call(order))).toEqual([200]);
    expect(upstream.requests).toHaveLength(4);
  });

  it("are never passed by calls at once", async () => {
    const one = agent("racing", "/payments");
    const all = await Promise.all(Array.from({ length: 40 }, () => one.call(order)));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(all.filter(({ status }) => status === 429)).toHaveLength(37);
  });

  it("that policy asks for are carried out in the same way", async () => {
    const limited = agent("limited-bot", "/payments");
    expect(await statuses(2, () => limited.call(order))).toEqual([200, 429]);
  });

  it("leave an approval unused that a call without room came with", async () => {
    const bot = agent("refund-bot", "/payments");
    for (const amount of [11, 12]) {
      const { body } = await bot.call(refund(amount));
      await approver.approve((body["approval"] as { id: string }).id);
    }
    expect((await bot.call(refund(11))).status).toBe(200);
    const late = await bot.call(refund(12));
    expect([late.status, late.body["code"]]).toEqual([429, "limit_exceeded"]);
    const { items } = (await approver.get("/api/approvals?state=approved&limit=200")) as { items: { state: string }[] };
    expect(items.map(({ state }) => state)).toEqual(["approved"]);
  });

  it("tell a model what to do, in the shape of its protocol", async () => {
    for (const name of clientNames) {
      const sub = `support-${name.replace(" ", "-")}`;
      const token = gateway.token({ sub, role: "support" }, "/mcp/crm");
      const client = await mcpClient(name, `${gateway.agents}/mcp/crm`, token);
      try {
        expect((await client.call("find_ticket", { query: "parcel" })).isError).toBe(false);
        const refused = await client.call("find_ticket", { query: "refund" });
        expect([name, refused.isError, decisionOf(refused).outcome]).toEqual([name, true, "deny"]);
        const meta = decisionOf(refused) as unknown as { readonly code: string; readonly retryAfterMs: number };
        expect(meta.code).toBe("limit_exceeded");
        expect(refused.text).toContain(`Wait ${meta.retryAfterMs / 1_000} seconds, then send it again.`);
        expect((await client.tools()).length).toBeGreaterThan(0);
      } finally {
        await client.close();
      }
    }
  });

  it("find a call that is sent again and again", async () => {
    const bot = agent("loop-bot", "/loop");
    const search = (note: string) => ({ ...onRoute("/loop"), path: `/loop/v1/orders/${note}` });
    expect(await statuses(2, () => bot.call(search("o-1")))).toEqual([200, 200]);
    const looped = await bot.call(search("o-1"));
    expect([looped.status, looped.body["code"]]).toEqual([429, "loop_detected"]);
    expect(looped.body["next"]).toMatch(/^Do something else: this same call is refused for another \d+ seconds\.$/);
    expect((await bot.call(search("o-2"))).status).toBe(200);
  });

  it("add up what calls cost, as the catalog prices them", async () => {
    const bot = agent("paid-bot", "/paid");
    expect(await statuses(2, () => bot.call(onRoute("/paid")))).toEqual([200, 200]);
    const { status, body, headers } = await bot.call(onRoute("/paid"));
    expect([status, body["code"], headers.get("ratelimit")]).toEqual([429, "limit_exceeded", null]);
    expect(body["detail"]).toContain("2 POINT per 1h for each client, limit points");
  });

  it("let a call under way end before the next begins", async () => {
    const bot = agent("slow-bot", "/slow");
    const arrived = Promise.withResolvers<() => void>();
    upstream.answerWith((_req, res) => arrived.resolve(() => res.end("{}")));
    const first = bot.call(onRoute("/slow"));
    const answer = await arrived.promise;
    const second = await bot.call(onRoute("/slow"));
    expect([second.status, second.headers.get("retry-after"), second.headers.get("ratelimit")]).toEqual([
      429,
      "1",
      '"slots";r=0',
    ]);
    upstream.answerWith((_req, res) => res.end("{}"));
    answer();
    expect((await first).status).toBe(200);
    expect((await bot.call(onRoute("/slow"))).status).toBe(200);
  });

  it("count a call whose caller hangs up until its tool server has answered", async () => {
    const bot = agent("hasty-bot", "/slow");
    const arrived = Promise.withResolvers<() => void>();
    upstream.answerWith((_req, res) => arrived.resolve(() => res.end("{}")));
    const left = new AbortController();
    const headers = { authorization: `Bearer ${gateway.token({ sub: "hasty-bot", role: "refunds" }, "/slow")}` };
    const first = fetch(`${gateway.agents}/slow/v1/orders/o-881`, { headers, signal: left.signal });
    const answer = await arrived.promise;
    upstream.answerWith((_req, res) => res.end("{}"));
    left.abort();
    await expect(first).rejects.toThrow();
    await eventually("the gateway knows that its caller has left", async () => {
      const { lines } = await readLog(gateway.logDir);
      return lines.some((line) => line.kind === "outcome" && line.outcome === "abandoned") || null;
    });
    expect((await bot.call(onRoute("/slow"))).status).toBe(429);
    answer();
    const free = async () => ((await bot.call(onRoute("/slow"))).status === 200 ? true : null);
    expect(await eventually("its place is free", free)).toBe(true);
  });

  it("refuse calls to a tool server that fails, and tell operators", async () => {
    const bot = agent("down-bot", "/down");
    expect(await statuses(3, () => bot.call(onRoute("/down")))).toEqual([502, 502, 502]);
    const { status, headers, body } = await bot.call(onRoute("/down"));
    expect([status, body["code"]]).toEqual([503, "upstream_suspended"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(30);
    await gateway.told("the tool server fails; its calls are refused for a while");
    const health = (await approver.get("/api/health")) as { readonly breakers: readonly object[] };
    expect(health.breakers).toMatchObject([{ limit: "fuse", origin: "http://127.0.0.1:1", state: "open" }]);
    const metrics = await (await fetch(`${gateway.console}/metrics`)).text();
    expect(metrics).toContain('sallyport_breaker_state{limit="fuse",origin="http://127.0.0.1:1"} 2');
    expect(metrics).toMatch(/sallyport_limit_refusals_total\{limit="fuse"\} 1/);
  });
});
