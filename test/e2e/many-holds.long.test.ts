import { readFile } from "node:fs/promises";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const calls = 200;

function refund(number: number) {
  const json = { order_id: `o-${number}`, amount: 20, currency: "EUR", reason: "broken" };
  return { method: "POST", path: "/payments/v1/refunds", json, headers: { prefer: "wait=100" } } as const;
}

describe("200 held calls at once", () => {
  let payments: ToolServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    payments = await startPayments(0);
    gateway = await startGateway({ routes: [paymentsRoute(payments.origin)] });
  });
  afterAll(() => Promise.all([gateway?.close(), payments?.stop()]));

  it("are all in the inbox while other traffic goes on, and each runs once when approved", async () => {
    const agent = gateway.refundBot();
    const approver = await gateway.approver();
    for (let warm = 0; warm < 200; warm += 1) await agent.call({ method: "GET", path: "/payments/v1/orders/o-881" });
    const before = await residentBytes(gateway.pid());

    const waiting = Array.from({ length: calls }, (_, number) => agent.call(refund(number)));
    const items = await eventually("all are visible", async () => {
      const open = await approver.open();
      return open.length === calls ? open : null;
    });
    expect(new Set(items.map((item) => item.id)).size).toBe(calls);
    const perCall = Math.round(((await residentBytes(gateway.pid())) - before) / calls / 1024);
    console.log(`memory of the process per held call with its open connection: ${perCall} KiB`);
    expect(perCall).toBeLessThan(512);

    const others = await Promise.all(
      Array.from({ length: 50 }, () => agent.call({ method: "GET", path: "/payments/v1/orders/o-882" })),
    );
    expect(others.every((answer) => answer.status === 200)).toBe(true);
    expect((await payments.counts()).executions["create_refund"] ?? 0).toBe(0);

    const chosen = items.slice(0, 20);
    for (const item of chosen) await approver.approve(item.id);
    await eventually("the approved ones have run", async () =>
      (await payments.counts()).executions["create_refund"] === chosen.length ? true : null,
    );

    // It ends what still runs before it stops.
    await gateway.close();
    const { by_arguments, executions } = await payments.counts();
    expect(executions["create_refund"]).toBe(chosen.length);
    expect(Object.entries(by_arguments).filter(([key, count]) => key.startsWith("create_refund") && count > 1)).toEqual(
      [],
    );

    const rest = (await Promise.allSettled(waiting)).filter(
      (one) => one.status === "fulfilled" && one.value.status === 201,
    );
    expect(rest).toHaveLength(chosen.length);
  });
});

/** Resident set size, from the kernel's own book. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}
