import type { HttpAgent, HttpAnswer } from "../../demo/agent/http-agent.ts";
import type { Approver } from "../../demo/agent/approver.ts";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;

/** Another amount is another call. */
function refund(amount: number, headers: Record<string, string> = {}) {
  const json = { order_id: "o-881", amount, currency: "EUR", reason: "broken" };
  return { method: "POST", path: "/payments/v1/refunds", json, headers } as const;
}

function approvalOf(answer: HttpAnswer): { id: string; expires_at: string } {
  return answer.body["approval"] as { id: string; expires_at: string };
}

describe("an HTTP tool behind the gateway", () => {
  let payments: ToolServer;
  let gateway: TestGateway;
  let agent: HttpAgent;
  let approver: Approver;

  beforeAll(async () => {
    payments = await startPayments(0);
    gateway = await startGateway({ routes: [paymentsRoute(payments.origin)] });
    agent = gateway.refundBot();
    approver = await gateway.approver();
  });
  afterAll(() => Promise.all([gateway?.close(), payments?.stop()]));

  async function refundsRun(amount: number): Promise<number> {
    const { by_arguments } = await payments.counts();
    return (
      by_arguments[`create_refund {"amount":${amount},"currency":"EUR","order_id":"o-881","reason":"broken"}`] ?? 0
    );
  }

  it("forwards an allowed call with the gateway's own credential and not the agent's token", async () => {
    const answer = await agent.call(order);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ order_id: "o-881", total: 120 });
    expect(answer.decisionId).toMatch(/^d_/);
    expect(await payments.counts()).toMatchObject({ with_agent_token: 0, without_credential: 0 });
  });

  it("denies a refund above the ceiling with problem details and runs nothing", async () => {
    const answer = await agent.call(refund(501));
    expect(answer.status).toBe(403);
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status: 403, decision_id: answer.decisionId, retryable: false });
    expect(answer.body["reasons"]).toEqual(
      expect.arrayContaining([expect.objectContaining({ rule: "arguments/limits" })]),
    );
    expect(await refundsRun(501)).toBe(0);
  });

  it("denies a highly sensitive tool to a bearer token", async () => {
    const answer = await agent.call({ method: "POST", path: "/payments/v1/keys/rotate", json: {} });
    expect(answer.status).toBe(403);
    expect((await payments.counts()).executions).not.toHaveProperty("rotate_keys");
  });

  it("leads a 403 with the reason that matters and the tool's name, and says of an unknown tool nothing else", async () => {
    const unknown = await agent.call({ method: "POST", path: "/payments/v1/nothing", json: {} });
    expect(unknown.status).toBe(403);
    expect(unknown.body).toMatchObject({ code: "TOOL_UNKNOWN", detail: expect.stringContaining("payments/") });
    expect(unknown.body["reasons"]).toEqual([expect.objectContaining({ code: "TOOL_UNKNOWN" })]);
    const outsider = { authorization: `Bearer ${gateway.token({ sub: "outsider", role: "none" }, "/payments")}` };
    const rotated = await fetch(`${gateway.agents}/payments/v1/keys/rotate`, { method: "POST", headers: outsider });
    expect(await rotated.json()).toMatchObject({
      code: "NO_RULE_PERMITS",
      detail: "No rule permits this call: payments/rotate_keys needs an entitlement",
    });
  });

  it("refuses a caller without a token", async () => {
    const answer = await fetch(gateway.agents + order.path);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(await answer.json()).toMatchObject({ code: "credential_missing" });
  });

  it("holds a refund until a person approves it, and runs it exactly once", async () => {
    const held = await agent.call(refund(100));
    expect(held.status).toBe(202);
    expect(held.body).toMatchObject({ status: "pending", executed: false, decision_id: held.decisionId });
    expect(Number(held.headers.get("retry-after"))).toBeGreaterThan(0);
    const location = held.headers.get("location") ?? "";
    expect(location).toBe(`/approvals/${approvalOf(held).id}`);
    expect((await agent.call({ method: "GET", path: location })).body).toMatchObject({
      status: "pending",
      executed: false,
    });

    await approver.approve(approvalOf(held).id);
    expect(await agent.settled(location, 60_000)).toBe("approved");
    expect(await refundsRun(100)).toBe(0);

    const answer = await agent.call(refund(100));
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ amount: 100 });
    expect(await refundsRun(100)).toBe(1);

    expect((await agent.call(refund(100))).headers.get("sallyport-outcome")).toBe("replayed");
    const again = await agent.call(refund(100));
    expect(again.status).toBe(202);
    expect(approvalOf(again).id).not.toBe(approvalOf(held).id);
    expect(await refundsRun(100)).toBe(1);
  });

  it("attaches the same call to the same item and another call to another", async () => {
    const first = await agent.call(refund(101));
    const same = await agent.call(refund(101));
    const other = await agent.call(refund(102));
    expect(approvalOf(same).id).toBe(approvalOf(first).id);
    expect(approvalOf(other).id).not.toBe(approvalOf(first).id);
  });

  it("does not spend an approval of one call on another", async () => {
    const held = await agent.call(refund(103));
    await approver.approve(approvalOf(held).id);
    expect((await agent.call(refund(104))).status).toBe(202);
    expect(await refundsRun(104)).toBe(0);
  });

  it("executes an approved call once when its caller repeats it eight times at once", async () => {
    const held = await agent.call(refund(105));
    await approver.approve(approvalOf(held).id);
    const answers = await Promise.all(Array.from({ length: 8 }, () => agent.call(refund(105))));
    const given = answers.filter((answer) => answer.status === 201);
    expect(given.filter(({ headers }) => headers.get("sallyport-outcome") !== "replayed")).toHaveLength(1);
    expect(await refundsRun(105)).toBe(1);
  });

  it("keeps a caller waiting that prefers it, and delivers the result on that connection", async () => {
    const waiting = agent.call(refund(106, { prefer: "wait=30" }));
    const item = await eventually("the held call is in the inbox", async () => {
      const open = await approver.open();
      return open.find((one) => one.state === "held" && one.summary.includes("106")) ?? null;
    });
    expect(await refundsRun(106)).toBe(0);
    await approver.approve(item.id);
    const answer = await waiting;
    expect(answer.status).toBe(201);
    expect(await refundsRun(106)).toBe(1);
  });

  it("answers pending when the preferred wait is over, and at once to respond-async", async () => {
    const waited = await agent.call(refund(107, { prefer: "wait=3" }));
    expect(waited.status).toBe(202);
    expect(waited.ms).toBeGreaterThanOrEqual(2_900);
    const waiting = agent.call(refund(107, { prefer: "wait=100" })).then(() => "answered");
    expect((await agent.call(refund(107, { prefer: "respond-async" }))).status).toBe(202);
    expect(await Promise.race([waiting, Promise.resolve("waits")])).toBe("waits");
    await approver.deny(approvalOf(waited).id, "not now");
    expect(await waiting).toBe("answered");
  });

  it("tells the agent the reason of the person who denied", async () => {
    const waiting = agent.call(refund(108, { prefer: "wait=30" }));
    const item = await eventually("the held call is in the inbox", async () => {
      return (await approver.open()).find((one) => one.state === "held" && one.summary.includes("108")) ?? null;
    });
    await approver.deny(item.id, "the parcel was delivered in good order");
    const answer = await waiting;
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.body)).toContain("the parcel was delivered in good order");
    const repeated = await agent.call(refund(108));
    expect(repeated.status).toBe(403);
    expect(JSON.stringify(repeated.body)).toContain("the parcel was delivered in good order");
    expect(await refundsRun(108)).toBe(0);
  });

  it("shows a held call to its own caller only", async () => {
    const held = await agent.call(refund(109));
    const token = gateway.token({ sub: "other-bot", role: "refunds" }, "/payments");
    const answer = await fetch(gateway.agents + (held.headers.get("location") ?? ""), {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(404);
  });

  it("does not let an approval made for one agent serve another with the same call", async () => {
    const held = await agent.call(refund(110));
    await approver.approve(approvalOf(held).id);
    const token = gateway.token({ sub: "other-bot", role: "refunds" }, "/payments");
    const { path, json } = refund(110);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(gateway.agents + path, { method: "POST", headers, body: JSON.stringify(json) });
    expect(answer.status).toBe(202);
    expect(await refundsRun(110)).toBe(0);
  });
});
