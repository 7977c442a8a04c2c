import { startCrm, startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { clientNames, mcpClient } from "../support/mcp-clients.ts";

describe("the demo's tool servers, without a gateway in front", () => {
  let payments: ToolServer;
  let crm: ToolServer;

  beforeAll(async () => {
    [payments, crm] = await Promise.all([startPayments(0), startCrm(0)]);
  });
  afterAll(() => Promise.all([payments.stop(), crm.stop()]));

  it.each(clientNames)("serves its MCP tools to %s and counts each execution", async (name) => {
    const client = await mcpClient(name, crm.origin, "demo-crm-key");
    const before = (await crm.counts()).executions["read_customer"] ?? 0;
    expect(await client.tools()).toEqual(
      expect.arrayContaining(["find_ticket", "read_customer", "post_update", "delete_customer", "run_report"]),
    );
    const result = await client.call("read_customer", { customer_id: "c-17" });
    expect(result.isError).toBe(false);
    expect(JSON.parse(result.text)).toMatchObject({ customer_id: "c-17" });
    expect((await crm.counts()).executions["read_customer"]).toBe(before + 1);
    await client.close();
  });

  it("counts an HTTP operation by its arguments", async () => {
    const body = { order_id: "o-881", amount: 40, currency: "EUR", reason: "broken" };
    const headers = { authorization: "Bearer demo-payments-key", "content-type": "application/json" };
    const answer = await fetch(`${payments.origin}/v1/refunds`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(201);
    expect(await payments.counts()).toMatchObject({
      executions: { create_refund: 1 },
      by_arguments: { 'create_refund {"amount":40,"currency":"EUR","order_id":"o-881","reason":"broken"}': 1 },
    });
  });

  it("refuses a call without its key, runs nothing, and reports an agent's token that reached it", async () => {
    const token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
    const answer = await fetch(`${payments.origin}/v1/keys/rotate`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(401);
    const counts = await payments.counts();
    expect(counts).toMatchObject({ without_credential: 1, with_agent_token: 1 });
    expect(counts.executions).not.toHaveProperty("rotate_keys");
  });
});
