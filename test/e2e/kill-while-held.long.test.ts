import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const refund = { order_id: "o-881", amount: 77, currency: "EUR", reason: "broken" };
const call = { method: "POST", path: "/payments/v1/refunds", json: refund } as const;

describe("a gateway that is killed while a call is held", () => {
  let payments: ToolServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    payments = await startPayments(0);
    gateway = await startGateway({ routes: [paymentsRoute(payments.origin)] });
  });
  afterAll(() => Promise.all([gateway?.close(), payments?.stop()]));

  it("still has the item after the restart, and the approved call runs exactly once", async () => {
    const agent = gateway.refundBot();
    const held = await agent.call(call);
    expect(held.status).toBe(202);
    const waiting = agent.call({ ...call, headers: { prefer: "wait=60" } }).catch((error: Error) => error);
    await gateway.kill("SIGKILL");
    // Whose connection broke is told nothing, least of all a success.
    expect(await waiting).not.toHaveProperty("status");

    await gateway.startAgain();
    const approver = await gateway.approver();
    const item = (await approver.open()).find((one) => one.tool === "payments/create_refund");
    expect(item?.id).toBe((held.body["approval"] as { id: string }).id);
    expect((await payments.counts()).executions).not.toHaveProperty("create_refund");

    await approver.approve(item?.id ?? "");
    expect(await agent.settled(held.headers.get("location") ?? "", 60_000)).toBe("approved");
    expect((await agent.call(call)).status).toBe(201);
    expect((await agent.call(call)).headers.get("sallyport-outcome")).toBe("replayed");
    expect((await agent.call(call)).status).toBe(202);
    expect((await payments.counts()).executions["create_refund"]).toBe(1);
  });
});
