import type { Approver } from "../../demo/agent/approver.ts";
import { eventually } from "../support/eventually.ts";
import { startEverything } from "../support/everything-server.ts";
import { clientNames, mcpClient, type McpClient } from "../support/mcp-clients.ts";
import type { PolicyCopy } from "../support/policy-copy.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const prefix = "/mcp/everything";
const low = {
  sensitivity: "low",
  reversible: true,
  sink: "internal",
  owner: "tests",
  labels: [],
  returns: { own_text: true },
};

let everything: Awaited<ReturnType<typeof startEverything>>;
let gateway: TestGateway;
let approver: Approver;

beforeAll(async () => {
  everything = await startEverything();
  const route = crmRoute(everything.origin, { id: "everything", prefix, server: "everything", credential: undefined });
  gateway = await startGateway({ routes: [route], policy: allowEverything });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), everything?.stop()]));

async function allowEverything(copy: PolicyCopy): Promise<void> {
  await copy.addData("catalog", {
    everything: {
      echo: low,
      "get-sum": { ...low, reversible: false },
      "get-env": { ...low, sensitivity: "high" },
      "trigger-long-running-operation": low,
    },
  });
  const tools = { echo: true, "get-sum": true, "trigger-long-running-operation": true };
  await copy.addData("entitlements", { support: { everything: { tools, methods: {} } } });
  const people = {
    role: "data-approver",
    count: 1,
    approve_within: 900,
    execute_within: 300,
    justification: false,
    summaries: {},
  };
  await copy.addData("approvers", { everything: people });
}

/** The reference server speaks the 2025 revisions with transport sessions; the newest client falls back to them. */
describe.each(clientNames)("the reference MCP server behind the gateway, called by %s", (name) => {
  let client: McpClient;

  beforeAll(async () => {
    client = await mcpClient(
      name,
      gateway.agents + prefix,
      gateway.token({ sub: "support-bot", role: "support" }, prefix),
    );
  });
  afterAll(() => client?.close());

  it("forwards an allowed call", async () => {
    expect(await client.call("echo", { message: "through the gate" })).toMatchObject({
      isError: false,
      text: "Echo: through the gate",
    });
  });

  it("shows only entitled tools", async () => {
    expect((await client.tools()).sort()).toEqual(["echo", "get-sum", "trigger-long-running-operation"]);
  });

  it("refuses the tool that would print the server's environment", async () => {
    await expect(client.call("get-env")).rejects.toThrow("Unknown tool: get-env");
  });

  it("holds a call that cannot be undone until it is approved", async () => {
    // Each client its own sum: the same call of the same caller would get the result that was kept for it.
    const a = 40 + clientNames.indexOf(name);
    const answering = client.call("get-sum", { a, b: 2 });
    const item = await eventually("the call is in the inbox", async () => {
      return (await approver.open()).find((one) => one.tool === "everything/get-sum" && one.state === "held") ?? null;
    });
    await approver.approve(item.id);
    expect((await answering).text).toContain(String(a + 2));
  });

  it("hands on the server's own progress while it works", async () => {
    const heard: number[] = [];
    let first = Infinity;
    const result = await client.call(
      "trigger-long-running-operation",
      { duration: 4, steps: 4 },
      {
        onprogress({ progress }) {
          heard.push(progress);
          first = Math.min(first, performance.now());
        },
      },
    );
    const workedOnMs = performance.now() - first;
    expect(result.isError).toBe(false);
    expect(heard).toEqual([1, 2, 3, 4]);
    // Flushed while it works, not all together with the result: after the first of them it works for three seconds more.
    expect(workedOnMs).toBeGreaterThan(500);
  });

  it("knows no tool of the server that the catalog does not know", async () => {
    await expect(client.call("get-tiny-image")).rejects.toThrow("Unknown tool: get-tiny-image");
  });
});
