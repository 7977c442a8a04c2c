/** Held calls of HTTP operations that are called as MCP tools, by clients of MCP 2026-07-28 that declare elicitation in URL mode. */
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { Approver } from "../../demo/agent/approver.ts";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const [offered, searched] = ["/mcp/payments", "/mcp/found"];

let payments: ToolServer;
let gateway: TestGateway;
let approver: Approver;

beforeAll(async () => {
  payments = await startPayments(0);
  const hold = { silent_wait: "1s", tasks: false, approval_page: true };
  const found = { id: "found", prefix: "/found", tools: { mcp: searched, offer: "search" }, hold };
  gateway = await startGateway({
    routes: [paymentsRoute(payments.origin, { tools: { mcp: offered }, hold }), paymentsRoute(payments.origin, found)],
  });
  approver = await gateway.approver();
});
afterAll(async () => {
  await Promise.all([gateway?.close(), payments?.stop()]);
});

const refund = (reason: string) => ({ order_id: "o-881", amount: 120, currency: "EUR", reason });

/** What a tool says to a client that shows the page of a held call to `person`. */
async function calling(
  prefix: string,
  call: { readonly name: string; readonly arguments: Record<string, unknown> },
  person: (url: string) => Promise<"accept" | "decline">,
): Promise<string> {
  const headers = { authorization: `Bearer ${gateway.token({ sub: "carol", role: "refunds" }, prefix)}` };
  const capabilities = { elicitation: { url: {} } };
  const client = new Client({ name: "carol", version: "1" }, { capabilities, versionNegotiation: { mode: "auto" } });
  client.setRequestHandler("elicitation/create", async ({ params }) => ({
    action: await person("url" in params ? params.url : ""),
  }));
  await client.connect(
    new StreamableHTTPClientTransport(new URL(gateway.agents + prefix), { requestInit: { headers } }),
  );
  const said = JSON.stringify(await client.callTool(call));
  await client.close();
  return said;
}

async function timesMade(reason: string): Promise<number> {
  const { by_arguments: made } = await payments.counts();
  return Object.entries(made).reduce((all, [call, count]) => (call.includes(reason) ? all + count : all), 0);
}

describe.each([
  ["by its name", offered, (args: object) => ({ name: "create_refund", arguments: { ...args } })],
  [
    "by a search's name",
    searched,
    (args: object) => ({ name: "call_tool", arguments: { name: "create_refund", arguments: args } }),
  ],
])("an operation that is called %s", (_what, prefix, callWith) => {
  test("is shown on the page of its call, and runs once in the round after it was approved", async () => {
    const reason = `approved at ${prefix}`;
    const shown: string[] = [];
    const said = await calling(prefix, callWith(refund(reason)), async (url) => {
      shown.push(url);
      await approver.approve(url.slice(`${gateway.console}/approvals/`.length));
      return "accept";
    });
    expect(said).toContain('"status":201');
    expect([shown.length, await timesMade(reason)]).toEqual([1, 1]);
  });

  test("waits as before where its page is not opened, and does not run", async () => {
    const reason = `declined at ${prefix}`;
    const shown: string[] = [];
    const said = await calling(prefix, callWith(refund(reason)), async (url) => (shown.push(url), "decline"));
    expect(said).toMatch(/Waiting for human approval/);
    expect([shown.length, await timesMade(reason)]).toEqual([1, 0]);
  });
});

test("the state of its page is good for exactly that call of that caller", async () => {
  const ask = async (
    sub: string,
    args: object,
    more: object = {},
  ): Promise<{ readonly result?: { readonly requestState?: string } }> => {
    const protocol = "io.modelcontextprotocol/protocolVersion";
    const _meta = {
      [protocol]: "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": { elicitation: { url: {} } },
    };
    const params = { name: "create_refund", arguments: args, _meta, ...more };
    const answer = await fetch(gateway.agents + offered, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": "create_refund",
        authorization: `Bearer ${gateway.token({ sub, role: "refunds" }, offered)}`,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
    });
    return (await answer.json()) as { readonly result?: { readonly requestState?: string } };
  };
  const args = refund("of one call");
  const first = await ask("dan", args);
  expect(first).toMatchObject({ result: { resultType: "input_required" } });
  const requestState = first.result?.requestState ?? "";
  const refused = { error: { data: { code: "mcp_state_refused" } } };
  expect(await ask("dan", { ...args, amount: 121 }, { requestState })).toMatchObject(refused);
  expect(await ask("eve", args, { requestState })).toMatchObject(refused);
  expect(await ask("dan", args, { requestState: "made up" })).toMatchObject(refused);
});
