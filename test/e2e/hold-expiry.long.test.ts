import type { Approver } from "../../demo/agent/approver.ts";
import type { HttpAgent } from "../../demo/agent/http-agent.ts";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

function refund(amount: number, headers: Record<string, string> = {}) {
  const json = { order_id: "o-881", amount, currency: "EUR", reason: "broken" };
  return { method: "POST", path: "/payments/v1/refunds", json, headers } as const;
}

describe("the two clocks of an approval", () => {
  let payments: ToolServer;
  let gateway: TestGateway;
  let agent: HttpAgent;
  let approver: Approver;

  beforeAll(async () => {
    payments = await startPayments(0);
    gateway = await startGateway({
      routes: [paymentsRoute(payments.origin)],
      async policy(copy) {
        await copy.dropGoldenCases();
        await copy.addData("approvers", { payments: { approve_within: 4, execute_within: 1 } });
      },
    });
    agent = gateway.refundBot();
    approver = await gateway.approver();
  });
  afterAll(() => Promise.all([gateway?.close(), payments?.stop()]));

  const revision = async () =>
    ((await approver.get("/api/policy")) as { active: { revision: string } }).active.revision;

  it("expires a held call that nobody decides in time, and tells the caller that waited", async () => {
    const answer = await agent.call(refund(60, { prefer: "wait=100" }));
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: "approval_expired", executed: false });
    expect((await payments.counts()).executions).not.toHaveProperty("create_refund");
  });

  it("shows the expired state under the location and asks people anew when the call comes again", async () => {
    const held = await agent.call(refund(61));
    const location = held.headers.get("location") ?? "";
    const expired = await eventually("it expires", async () => {
      const { body } = await agent.call({ method: "GET", path: location });
      return body["status"] === "pending" ? null : body;
    });
    expect(expired).toMatchObject({ status: "expired", executed: false });
    const again = await agent.call(refund(61));
    expect(again.status).toBe(202);
    expect(again.headers.get("location")).not.toBe(location);
  });

  it("does not execute an approved call that comes too late", async () => {
    const before = await revision();
    // Time for people, and none for the caller.
    await gateway.policy?.addData("approvers", { payments: { approve_within: 900, execute_within: 1 } });
    await eventually("the edit is active", async () => ((await revision()) === before ? null : true));
    const held = await agent.call(refund(62));
    const { id } = held.body["approval"] as { id: string };
    await approver.approve(id);
    await eventually("its time is over", async () => ((await approver.show(id)).state === "approved" ? null : true));
    const late = await agent.call(refund(62));
    expect(late.status).not.toBe(201);
    expect((await payments.counts()).executions).not.toHaveProperty("create_refund");
  });
});
