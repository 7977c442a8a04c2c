import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import type { Approver } from "../../demo/agent/approver.ts";
import { eventually } from "../support/eventually.ts";
import { clientNames, decisionOf, mcpClient, type McpClient } from "../support/mcp-clients.ts";
import { taskClient } from "../support/task-clients.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const [offered, searched] = ["/mcp/payments", "/mcp/found"];

let payments: ToolServer;
let gateway: TestGateway;
let approver: Approver;

/** What two operations of the payments API promise: the first keeps it, the second does not. */
const answering = (name: string, type: string) => ({
  "200": {
    content: { "application/json": { schema: { type: "object", required: [name], properties: { [name]: { type } } } } },
  },
});
const promises = {
  openapi: "3.1.0",
  info: { title: "Promises", version: "1" },
  paths: {
    "/v1/orders/{order_id}": {
      get: {
        operationId: "get_order",
        parameters: [{ name: "order_id", in: "path", required: true, schema: { type: "string" } }],
        responses: answering("order_id", "string"),
      },
    },
    "/v1/refunds": { get: { operationId: "list_refunds", responses: answering("refunds", "string") } },
  },
};
const folder = mkdtempSync(join(tmpdir(), "sallyport-promises-"));

beforeAll(async () => {
  const openapi = join(folder, "promises.json");
  writeFileSync(openapi, JSON.stringify(promises));
  payments = await startPayments(0);
  const hold = { silent_wait: "1s", progress_every: "1s" };
  gateway = await startGateway({
    routes: [
      paymentsRoute(payments.origin, { tools: { mcp: offered }, hold }),
      paymentsRoute(payments.origin, { id: "promises", prefix: "/promises", openapi, tools: { mcp: "/mcp/promises" } }),
      paymentsRoute(payments.origin, {
        id: "found",
        prefix: "/found",
        tools: { mcp: searched, offer: "search" },
        hold,
      }),
    ],
  });
  approver = await gateway.approver();
});
afterAll(async () => {
  await Promise.all([gateway?.close(), payments?.stop()]);
  rmSync(folder, { recursive: true });
});

describe.each(clientNames)("operations of an HTTP route as MCP tools, called by %s", (name) => {
  const suffix = name.replace(" ", "-");
  let client: McpClient;

  beforeAll(async () => {
    client = await connect(offered);
  });
  afterAll(() => client?.close());

  function connect(prefix: string): Promise<McpClient> {
    const token = gateway.token({ sub: `bot-${suffix}`, role: "refunds" }, prefix);
    return mcpClient(name, gateway.agents + prefix, token);
  }

  it("lists what the caller may see", async () => {
    const tools = await client.tools();
    expect(tools).toEqual(expect.arrayContaining(["get_order", "list_refunds", "create_refund"]));
  });

  it("sends the HTTP request, and gives its answer as a tool's result", async () => {
    const result = await client.call("get_order", { order_id: "o-881" });
    expect([result.isError, result.text]).toEqual([false, expect.stringContaining("o-881")]);
    expect(result.meta["dev.sallyport/http"]).toEqual({ status: 200 });
    const missing = await client.call("get_order", { order_id: "no-such" });
    expect([missing.isError, missing.text]).toEqual([true, expect.stringMatching(/^HTTP 404 Not Found/)]);
  });

  it("holds a call for people as every MCP call, and sends it once", async () => {
    const args = { order_id: "o-881", amount: 120, currency: "EUR", reason: `e2e ${suffix}` };
    const pending = await client.call("create_refund", args);
    expect(decisionOf(pending).outcome).toBe("pending");
    const item = await eventually("the refund is in the inbox", async () => {
      return (await approver.open()).find(({ id }) => id === decisionOf(pending).approvalId) ?? null;
    });
    expect(item).toMatchObject({ tool: "payments/create_refund" });
    await approver.approve(item.id);
    const done = await client.call("create_refund", args);
    expect(done.isError).toBe(false);
    const again = await client.call("create_refund", args);
    expect([decisionOf(again).outcome, again.text]).toEqual(["replayed", done.text]);
    const made = Object.entries((await payments.counts()).by_arguments).filter(([call]) =>
      call.includes(`e2e ${suffix}`),
    );
    expect(made.map(([, count]) => count)).toEqual([1]);
  });

  it("tells a model what is wrong with its arguments, and refuses an unknown tool as every server does", async () => {
    for (const args of [{}, { order_id: "a/b" }, { order_id: ".." }, { order_id: "" }, { order_id: "1", more: 1 }]) {
      const refused = await client.call("get_order", args);
      expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining("do not fit the tool")]);
    }
    const missing = await client.call("no_such_tool").catch(String);
    expect(missing).toContain("Unknown tool: no_such_tool");
  });

  it("neither lists nor calls what is hidden, which is refused as what does not exist, whatever its arguments", async () => {
    const token = gateway.token({ sub: `stranger-${suffix}`, role: "support" }, offered);
    const stranger = await mcpClient(name, gateway.agents + offered, token);
    expect(await stranger.tools()).toEqual([]);
    const told = async (tool: string, args: Record<string, unknown>): Promise<string> =>
      (await stranger.call(tool, args).catch(String)).toString().replaceAll(tool, "X");
    const missing = await told("no_such_tool", { order_id: "o-881" });
    expect(missing).toContain("Unknown tool: X");
    for (const args of [{ order_id: "o-881" }, { order_id: ".." }, {}])
      expect(await told("get_order", args)).toBe(missing);
    await stranger.close();
  });

  it("promises the form of an answer, and keeps the promise or says that the call was executed", async () => {
    const prefix = "/mcp/promises";
    const promising = await mcpClient(
      name,
      gateway.agents + prefix,
      gateway.token({ sub: `p-${suffix}`, role: "refunds" }, prefix),
    );
    // Clients hold answers against the schemas that they have listed.
    expect(await promising.tools()).toEqual(["get_order", "list_refunds"]);
    expect(await promising.call("get_order", { order_id: "o-881" })).toMatchObject({ isError: false });
    const broken = await promising.call("list_refunds");
    expect([broken.isError, broken.text]).toEqual([true, expect.stringContaining("The call was executed")]);
    await promising.close();
  });

  it("makes a task of a held call for a client that can ask about one, and executes it once", async () => {
    const token = gateway.token({ sub: `tasks-${suffix}`, role: "refunds" }, offered);
    const tasks = await taskClient(name, gateway.agents + offered, token);
    await tasks.list();
    const reason = `task ${suffix}`;
    const refund = { order_id: "o-881", amount: 7, currency: "EUR", reason };
    const held = tasks.call("create_refund", refund as never);
    const item = await eventually("the refund is in the inbox", async () => {
      return (await approver.open()).find(({ agent }) => agent === `tasks-${suffix}`) ?? null;
    });
    await approver.approve(item.id);
    expect(await held.result).toMatchObject({ isError: false, text: expect.stringContaining(reason) });
    const made = Object.entries((await payments.counts()).by_arguments).filter(([ran]) => ran.includes(reason));
    expect(made.map(([, count]) => count)).toEqual([1]);
    await tasks.close();
  });

  it("is searched, too", async () => {
    const other = await connect(searched);
    expect(await other.tools()).toEqual(["search_tools", "call_tool"]);
    const found = await other.call("search_tools", { query: "show order", limit: 1 });
    expect(found.text).toContain("get_order");
    const result = await other.call("call_tool", { name: "get_order", arguments: { order_id: "o-881" } });
    expect([result.isError, result.text]).toEqual([false, expect.stringContaining("o-881")]);
    await other.close();
  });
});
