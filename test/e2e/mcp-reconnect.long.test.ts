import type { Approver } from "../../demo/agent/approver.ts";
import { eventually } from "../support/eventually.ts";
import { mcpClient, type ToolResult } from "../support/mcp-clients.ts";
import { crmRoute } from "../support/routes.ts";
import { startSessionCrm } from "../support/session-crm.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let crm: Awaited<ReturnType<typeof startSessionCrm>>;
let gateway: TestGateway;
let approver: Approver;
beforeAll(async () => {
  crm = await startSessionCrm();
  gateway = await startGateway({ routes: [crmRoute(crm.origin, { hold: { silent_wait: "1s" } })] });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), crm?.close()]));

/** One call as clients make it that connect for each: initialize, the call, and the end of the session. */
async function callOnce(customer: string, session?: string): Promise<ToolResult> {
  const who = { sub: "support-bot", role: "support", ...(session === undefined ? {} : { session }) };
  const client = await mcpClient("v1 sdk", `${gateway.agents}/mcp/crm`, gateway.token(who, "/mcp/crm"));
  try {
    return await client.call("delete_customer", { customer_id: customer });
  } finally {
    await client.close();
  }
}

test.each([
  ["the token names the run", "run-7"],
  ["nothing names the run", undefined],
])("lets a client that reconnects for each call redeem its approval once, when %s", async (_what, session) => {
  const customer = `c-again-${session ?? "none"}`;
  const before = crm.sessions();
  expect((await callOnce(customer, session)).text).toMatch(/Waiting for human approval/);
  const item = await eventually(`the deletion of ${customer} is in the inbox`, async () => {
    return (await approver.open()).find(({ state, summary }) => state === "held" && summary.includes(customer)) ?? null;
  });
  await approver.approve(item.id);
  expect(await callOnce(customer, session)).toMatchObject({ isError: false, text: `deleted ${customer}` });
  expect(crm.sessions()).toBe(before + 2);
  expect(crm.deletions(customer)).toBe(1);
});
