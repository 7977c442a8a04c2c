import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { clientNames, decisionOf, mcpClient } from "../support/mcp-clients.ts";
import { callWithFixedTimeout } from "../support/mcp-fixed-timeout.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const prefix = "/mcp/crm";
/** Of the clients here; the route knows it. A machine under load takes its time, so it is no shorter. */
const timeout = 8_000;

let crm: ToolServer;
let gateway: TestGateway;
beforeAll(async () => {
  crm = await startCrm(0);
  const hold = { client_timeout: `${timeout}ms`, silent_wait: "55s", max_wait: "5m", progress_every: "1s" };
  gateway = await startGateway({ routes: [crmRoute(crm.origin, { hold })] });
});
afterAll(() => Promise.all([gateway?.close(), crm?.stop()]));

const token = () => gateway.token({ sub: "support-bot", role: "support" }, prefix);

describe.each(clientNames)("%s, whose timeout progress does not reset", (name) => {
  test.each(["with", "without"])("is told that its call is held before it gives up, %s progress", async (which) => {
    const heard: string[] = [];
    const progress = which === "with" ? { onprogress: () => void heard.push("progress") } : {};
    const client = await mcpClient(name, gateway.agents + prefix, token());
    const customer = `c-${which}-${name.replace(" ", "-")}`;
    const given = { timeout, resetsTimeout: false, ...progress };
    const result = await client.call("delete_customer", { customer_id: customer }, given);
    await client.close();
    expect(decisionOf(result)).toMatchObject({ outcome: "pending", retryable: true });
    expect(result.text).toMatch(/Call the same tool again with exactly the same arguments after approval/);
    expect(heard.length > 0).toBe(which === "with");
  });
});

test("a client with a fixed read timeout that asks for progress is told that its call is held before it gives up", async () => {
  const options = { url: gateway.agents + prefix, token: token(), timeoutMs: timeout, progressToken: "p-1" };
  const { answer, rest } = await callWithFixedTimeout(options, "delete_customer", { customer_id: "c-fixed" });
  expect(answer).toMatchObject({ isError: true, meta: { "dev.sallyport/decision": { outcome: "pending" } } });
  expect(await rest).toMatch(/notifications\/progress/);
});
