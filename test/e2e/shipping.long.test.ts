import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { paymentsRoute } from "../support/routes.ts";
import { Collector } from "../support/ship/collector.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { readLog } from "../conformance/attacks/support/log.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;

describe("a gateway that sends its log", () => {
  let payments: ToolServer;
  let collector: Collector;
  let gateway: TestGateway;
  let port: number;

  beforeAll(async () => {
    payments = await startPayments(0);
    collector = await new Collector().listen();
    ({ port } = collector);
    const quick = { every: "50ms", retry: { first: "20ms", longest: "200ms" } };
    gateway = await startGateway({
      routes: [paymentsRoute(payments.origin)],
      config: {
        record: {
          mask: ["/resource/id"],
          segment: { size: "64KiB" },
          compress: "zstd",
          retention: { total: "1MiB" },
          ship: [
            {
              name: "siem",
              to: "opa",
              url: `${collector.url}/logs`,
              allow_addresses: ["loopback"],
              ...quick,
              degraded_after: "1s",
              unready_after: "30d",
            },
            { name: "stdout", to: "stdout", format: "ecs", ...quick },
          ],
        },
      },
    });
  });
  afterAll(async () => {
    await gateway?.close();
    await Promise.all([collector?.close(), payments?.stop()]);
  });

  async function ready(): Promise<{ status: number; findings: { name: string; problem: string }[] }> {
    const answer = await fetch(`${gateway.console}/readyz`);
    return { status: answer.status, ...((await answer.json()) as { findings: { name: string; problem: string }[] }) };
  }

  /** Ids of decisions that are in the log. */
  const sent = new Set<string>();

  async function call(times: number): Promise<void> {
    const agent = gateway.refundBot();
    const calls = Array.from({ length: times }, () => agent.call(order));
    for (const done of await Promise.allSettled(calls))
      if (done.status === "fulfilled" && done.value.decisionId !== null && done.value.decisionId !== undefined)
        sent.add(done.value.decisionId);
  }

  const missing = (): string[] => [...sent].filter((id) => !collector.byId().has(id));
  const doubled = (): string[] => [...collector.byId()].filter(([, texts]) => texts.size > 1).map(([id]) => id);

  it("sends each decision while calls go on, as it is in the log: what is masked there is masked here", async () => {
    await call(20);
    await eventually("all arrived", () => (missing().length === 0 ? true : null));
    const event = collector.events.find((one) => one["decision_id"] === [...sent][0]);
    expect(event).toMatchObject({
      path: "sallyport/main/decision",
      erased: expect.arrayContaining(["/input/resource/id"]),
      result: { effect: "allow" },
    });
    expect((event as { input: { resource: object } }).input.resource).not.toHaveProperty("id");
    // What arrives is whole, also where the record refers to what is before it.
    expect((await readLog(gateway.logDir)).text).toContain('","like":["');
    for (const one of collector.events)
      expect(one).toMatchObject({ result: { effect: "allow" }, input: { subject: { id: "refund-bot" } } });
    expect(collector.arrived[0]?.url).toBe("/logs");
    await gateway.told(/"dataset":"sallyport\.outcome"/);
    expect((await ready()).status).toBe(200);
  });

  it("stays ready while the collector is away, tells its lag, and sends all when it is back, over kills and restarts", async () => {
    await collector.close();
    await call(60);
    const { status, findings } = await eventually("the lag is told", async () => {
      const report = await ready();
      return report.findings.some(({ name }) => name === "ship-siem") ? report : null;
    });
    expect(status).toBe(200);
    expect(findings.find(({ name }) => name === "ship-siem")?.problem).toMatch(/^\d+ records wait to be sent to siem/);
    const metrics = await (await fetch(`${gateway.console}/metrics`)).text();
    expect(metrics).toMatch(/sallyport_ship_lag_records\{destination="siem"\} [1-9]/);
    const killed = call(60);
    await gateway.kill("SIGKILL");
    await killed;
    await gateway.startAgain();
    await call(20);
    await gateway.kill("SIGTERM");
    await gateway.startAgain();
    await collector.listen(port);
    await eventually("all arrived", () => (missing().length === 0 ? true : null));
    expect(doubled()).toEqual([]);
    await eventually("the finding ends", async () => ((await ready()).findings.length === 0 ? true : null));
    const cursor = JSON.parse(await readFile(join(gateway.dir, "data/ship/siem.json"), "utf8")) as { seq: number };
    expect(cursor.seq).toBeGreaterThan(150);
  });

  it("is killed again and again under load while the collector takes some and refuses some, and loses nothing", async () => {
    let count = 0;
    collector.choose = () => {
      count += 1;
      return count % 3 === 0 ? "reset" : count % 5 === 0 ? { status: 503 } : null;
    };
    for (let round = 0; round < 2; round += 1) {
      const calls = call(100);
      await eventually("some were decided", () => (sent.size > 0 ? true : null));
      await gateway.kill("SIGKILL");
      await calls;
      await gateway.startAgain();
    }
    collector.choose = () => null;
    await call(5);
    await eventually("all arrived", () => (missing().length === 0 ? true : null));
    expect(doubled()).toEqual([]);
  });
});
