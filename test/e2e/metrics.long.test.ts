import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { Approver } from "../../demo/agent/approver.ts";
import { HttpAgent } from "../../demo/agent/http-agent.ts";
import { startCrm, startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { root } from "../conformance/house/guards/tree.ts";
import { eventually } from "../support/eventually.ts";
import { mcpClient } from "../support/mcp-clients.ts";
import { type Series, seriesOf } from "../support/prometheus/exposition.ts";
import { emptyParts, readsOf } from "../support/prometheus/promql.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute, paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly Target[] }[];
}

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const dashboard = JSON.parse(read("deploy/grafana/sallyport.json")) as Dashboard;
const targets = dashboard.panels.flatMap(({ targets: of = [] }) => of);
const { groups } = parse(read("deploy/prometheus/alerts.yaml")) as { groups: { rules: Alert[] }[] };
const alerts = groups.flatMap(({ rules }) => rules);

/** Stands in arguments, paths and made-up names, and must stand in no label. */
const mark = "zq7secret";
const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;

function refund(amount: number) {
  const json = { order_id: "o-881", amount, currency: "EUR", reason: mark };
  return { method: "POST", path: "/payments/v1/refunds", json } as const;
}

const limits = [
  { name: "reads", by: "subject", routes: ["payments"], tools: ["payments/get_order"], rate: { max: 2, per: "1h" } },
  { name: "fuse", routes: ["down"], breaker: { calls: 3, failures: 1, open: "1m" } },
];

const idOf = ({ body }: { readonly body: Readonly<Record<string, unknown>> }) =>
  (body["approval"] as { readonly id: string }).id;

describe("the metrics of a gateway after all that a call can come to", () => {
  let payments: ToolServer;
  let crm: ToolServer;
  let receiver: RecordingUpstream;
  let gateway: TestGateway;
  let approver: Approver;
  let page: Series[];
  const folder = mkdtempSync(join(tmpdir(), "sallyport-secret-"));
  const secretFile = join(folder, "whsec");

  const metricsPage = async (): Promise<string> => (await fetch(`${gateway.console}/metrics`)).text();
  const scrape = async (): Promise<Series[]> => seriesOf(await metricsPage());
  const valueOf = (series: readonly Series[], name: string, labels: Readonly<Record<string, string>> = {}) =>
    series.find((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))
      ?.value ?? null;

  beforeAll(async () => {
    [payments, crm] = await Promise.all([startPayments(0), startCrm(0)]);
    writeFileSync(secretFile, `whsec_${Buffer.alloc(32, "s").toString("base64")}`);
    // A receiver that refuses for good: its messages are given up.
    receiver = await recordingUpstream((_req, res) => res.writeHead(404).end());
    gateway = await startGateway({
      routes: [
        paymentsRoute(payments.origin),
        crmRoute(crm.origin),
        paymentsRoute("http://127.0.0.1:1", { id: "down", prefix: "/down" }),
      ],
      config: {
        limits,
        record: { ship: [{ name: "stdout", to: "stdout", every: "50ms" }] },
        channels: {
          webhooks: { audit: { url: `${receiver.origin}/hook`, secrets: [`file:${secretFile}`] } },
          notify: [{ to: ["audit"] }],
        },
      },
      async policy(copy) {
        await copy.dropGoldenCases();
        await copy.addData("approvers", { payments: { approve_within: 12 } });
      },
    });
    approver = await gateway.approver();
    await http();
    await mcp();
    page = await eventually("expired, given up and sent on", async () => {
      const series = await scrape();
      const isThere =
        (valueOf(series, "sallyport_approvals_total", { from: "held", result: "expired" }) ?? 0) > 0 &&
        valueOf(series, "sallyport_channel_letters", { state: "dead" }) !== null &&
        (valueOf(series, "sallyport_ship_records_total") ?? 0) > 0;
      return isThere ? series : null;
    });
  });
  afterAll(async () => {
    await Promise.all([gateway?.close(), payments?.stop(), crm?.stop(), receiver?.close()]);
    rmSync(folder, { recursive: true });
  });

  /** Allowed, refused by a rule, by a limit and by the gateway itself, failed, held: approved, denied and expired. */
  async function http(): Promise<void> {
    const bot = gateway.refundBot();
    const held = await bot.call(refund(61));
    await look(idOf(held));
    await approver.approve(idOf(held));
    expect(await bot.call(refund(61))).toMatchObject({ status: 201 });
    await approver.deny(idOf(await bot.call(refund(62))), mark);
    expect((await bot.call(refund(63))).status).toBe(202);
    const calls = [order, order, order, { ...order, path: `/payments/v1/${mark}?q=${mark}` }];
    const statuses: number[] = [];
    for (const call of calls) statuses.push((await bot.call(call)).status);
    expect(statuses.slice(0, 3)).toEqual([200, 200, 429]);
    expect((await new HttpAgent(gateway.agents, mark).call(order)).status).toBe(401);
    const down = new HttpAgent(gateway.agents, gateway.token({ sub: "refund-bot", role: "refunds" }, "/down"));
    expect((await down.call({ ...order, path: "/down/v1/orders/o-881" })).status).toBe(502);
  }

  async function mcp(): Promise<void> {
    const token = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
    const client = await mcpClient("v2 modern", `${gateway.agents}/mcp/crm`, token);
    try {
      expect((await client.call("find_ticket", { query: mark })).isError).toBe(false);
      await client.call(`find_${mark}`, { query: mark }).catch(() => undefined);
    } finally {
      await client.close();
    }
  }

  /** As the console does while a card is open. */
  const look = (id: string) =>
    eventually("it was looked at", async () => {
      const { viewed_ms } = (await approver.post(`/api/approvals/${id}/viewing`, { visible: true })) as {
        viewed_ms: number;
      };
      return viewed_ms > 0 ? true : null;
    });

  it("are what every query of the dashboard reads, and have the labels that it groups by", () => {
    expect(targets.length).toBeGreaterThan(20);
    expect(targets.flatMap(({ expr }) => emptyParts(expr, page))).toEqual([]);
    for (const { expr, legendFormat } of targets) {
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      const { groupedBy } = readsOf(expr);
      expect([expr, named.filter((label) => label !== "instance" && !groupedBy.includes(String(label)))]).toEqual([
        expr,
        [],
      ]);
    }
  });

  it("are what every alert reads, and each alert says how bad it is and what to do", () => {
    expect(alerts.length).toBeGreaterThan(10);
    expect(alerts.flatMap(({ expr }) => emptyParts(expr, page))).toEqual([]);
    for (const { alert, labels, annotations } of alerts) {
      expect([alert, labels.severity]).toEqual([alert, expect.stringMatching(/^(warning|critical)$/)]);
      expect(Object.keys(annotations).toSorted()).toEqual(["description", "summary"]);
    }
  });

  it("are the ones in the manual", async () => {
    const named = [...(await metricsPage()).matchAll(/^# TYPE sallyport_(\S+)/gm)].map(([, name]) => name);
    const manual = [...read("docs/operations.md").matchAll(/^\| (`[a-z_`, ]+`) +\|/gm)].flatMap(([, cell]) =>
      [...String(cell).matchAll(/`([a-z_]+)`/g)].map(([, name]) => name),
    );
    // This gateway is on SQLite, and its log gets no time stamps.
    const ofOthers = ["store_tells_changes", "log_time_stamp_age_seconds"];
    expect([...named, ...ofOthers].toSorted()).toEqual(manual.toSorted());
  });

  it("count each call under its tool and rule, and what people made of it", () => {
    const tool = "payments/create_refund";
    expect(valueOf(page, "sallyport_tool_decisions_total", { tool, effect: "hold" })).toBe(3);
    expect(valueOf(page, "sallyport_tool_decisions_total", { tool, effect: "allow" })).toBe(1);
    expect(valueOf(page, "sallyport_tool_decisions_total", { tool: "crm/find_ticket", effect: "allow" })).toBe(1);
    const approvals = (from: string, result: string) => valueOf(page, "sallyport_approvals_total", { from, result });
    expect([approvals("held", "approved"), approvals("held", "denied"), approvals("held", "expired")]).toEqual([
      1, 1, 1,
    ]);
    expect([approvals("approved", "released"), approvals("released", "delivered")]).toEqual([1, 1]);
    expect(valueOf(page, "sallyport_hold_seconds_count", { result: "expired" })).toBe(1);
    expect(valueOf(page, "sallyport_policy_active_since_seconds")).toBeGreaterThan(1e9);
    expect(valueOf(page, "sallyport_log_write_seconds_count")).toBeGreaterThan(0);
    for (const operation of ["read", "write", "commit"])
      expect([operation, valueOf(page, "sallyport_store_seconds_count", { operation })]).not.toEqual([operation, null]);
  });

  it("tell how long a call has waited while it waits", async () => {
    const held = await gateway.refundBot().call(refund(64));
    await eventually("it has an age", async () => {
      const series = await scrape();
      const age = valueOf(series, "sallyport_hold_age_seconds") ?? 0;
      return age > 0 && valueOf(series, "sallyport_held_calls") === 1 ? true : null;
    });
    await approver.deny(idOf(held), "no");
    const after = await scrape();
    expect([valueOf(after, "sallyport_hold_age_seconds"), valueOf(after, "sallyport_held_calls")]).toEqual([0, 0]);
  });

  it("have no label with an argument, a path, a made-up name, a token, a key or a person", () => {
    const values = page.flatMap(({ labels }) => Object.values(labels));
    expect(values).toContain("(other)");
    for (const never of [mark, "o-881", "eyJ", "demo-payments-key", "demo-crm-key", "refund-bot", "support-bot"])
      expect(values.filter((value) => value.includes(never))).toEqual([]);
  });
});
