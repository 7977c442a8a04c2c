import { rename, rm, writeFile } from "node:fs/promises";
import type { HttpAnswer } from "../../demo/agent/http-agent.ts";
import { startCrm, startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { eventually, pause } from "../support/eventually.ts";
import { mcpClient } from "../support/mcp-clients.ts";
import { crmRoute, paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;

describe("a decision log that cannot be written", () => {
  let payments: ToolServer;
  let crm: ToolServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    [payments, crm] = await Promise.all([startPayments(0), startCrm(0)]);
    gateway = await startGateway({ routes: [paymentsRoute(payments.origin), crmRoute(crm.origin)] });
  }, 60_000);
  afterAll(() => Promise.all([gateway?.close(), payments?.stop(), crm?.stop()]));

  it("answers every call 503 and forwards nothing, says so, and recovers by itself", async () => {
    const agent = gateway.refundBot();
    const client = await mcpClient(
      "v2 modern",
      `${gateway.agents}/mcp/crm`,
      gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm"),
    );
    expect((await agent.call(order)).status).toBe(200);
    const before = await Promise.all([payments.counts(), crm.counts()]);

    // A file where the folder was: not even root can write into it.
    await rename(gateway.logDir, `${gateway.logDir}.aside`);
    await writeFile(gateway.logDir, "");
    // The writer looks at its file once a second: a renamed one takes writes without complaint.
    await pause(1100);
    await agent.call(order);
    const afterFirst = await payments.counts();

    const answers: HttpAnswer[] = await Promise.all(Array.from({ length: 40 }, () => agent.call(order)));
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 503));
    expect(answers[0]?.body).toMatchObject({ code: "record_unavailable" });
    const tool = await client.call("find_ticket", { query: "x" }).then(
      (result) => result.isError,
      () => true,
    );
    expect(tool).toBe(true);
    expect(await payments.counts()).toEqual(afterFirst);
    expect((await payments.counts()).executions).toEqual(before[0].executions);
    expect((await crm.counts()).executions).toEqual(before[1].executions);
    expect((await fetch(`${gateway.console}/readyz`)).status).toBe(503);

    await rm(gateway.logDir);
    await rename(`${gateway.logDir}.aside`, gateway.logDir);
    await eventually("calls go through again", async () => ((await agent.call(order)).status === 200 ? true : null));
    expect((await fetch(`${gateway.console}/readyz`)).status).toBe(200);
    await client.close();
  }, 60_000);
});
