import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;
const lockedMs = 8_000;

describe("a store that another program has locked for longer than a call waits", () => {
  let payments: ToolServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    payments = await startPayments(0);
    gateway = await startGateway({ routes: [paymentsRoute(payments.origin)] });
  });
  afterAll(() => Promise.all([gateway?.close(), payments?.stop()]));

  it("does not end the gateway: /readyz says why it is not ready, and it is ready again by itself", async () => {
    const agent = gateway.refundBot();
    expect((await agent.call(order)).status).toBe(200);
    const pid = gateway.pid();
    const lock = new DatabaseSync(join(gateway.dir, "data/sallyport.db"), { timeout: 60_000 });
    lock.exec("BEGIN IMMEDIATE");
    const since = performance.now();
    const report = await eventually("it is not ready", async () => {
      const answer = await fetch(`${gateway.console}/readyz`);
      return answer.status === 503 ? answer.text() : null;
    });
    expect(report).toContain("another program holds a lock on the store");
    // What needs no write goes on.
    expect((await agent.call(order)).status).toBe(200);
    await eventually("it was locked for long", () => (performance.now() - since > lockedMs ? true : null), 20_000);
    expect((await agent.call(order)).status).toBe(200);
    lock.exec("COMMIT");
    lock.close();
    await eventually("it is ready again", async () =>
      (await fetch(`${gateway.console}/readyz`)).status === 200 ? true : null,
    );
    expect(gateway.pid()).toBe(pid);
    process.kill(pid, 0);
    expect((await agent.call(order)).status).toBe(200);
  });
});
