/** MCP servers that agree on a version from before Streamable HTTP, and on one that nobody knows. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { readLog } from "../conformance/attacks/support/log.ts";
import { eventually } from "../support/eventually.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { answers, closeServers, startServer } from "../unit/cli/init/asked-server.ts";

let gateway: TestGateway;
beforeAll(async () => {
  const originOf = async (protocolVersion: string): Promise<string> => {
    const given = { ...answers, initialize: { ...answers["initialize"], protocolVersion } };
    return new URL(
      await startServer(
        () => true,
        () => undefined,
        given,
      ),
    ).origin;
  };
  const [old, unknown] = await Promise.all([originOf("2024-11-05"), originOf("2024-10-07")]);
  gateway = await startGateway({
    routes: [crmRoute(old), crmRoute(unknown, { id: "unknown", prefix: "/mcp/unknown" })],
  });
});
afterAll(async () => {
  await gateway?.close();
  closeServers();
});

async function connected(prefix: string): Promise<Client> {
  const headers = { authorization: `Bearer ${gateway.token({ sub: "bot", role: "support" }, prefix)}` };
  const client = new Client({ name: "test", version: "1" });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(gateway.agents + prefix), { requestInit: { headers } }),
  );
  return client;
}

it("a server of 2024-11-05 lists its tools and is called", async () => {
  const client = await connected("/mcp/crm");
  const listed = await client.listTools().finally(() => client.close());
  expect(listed.tools).toBeDefined();
});

it("a server of a version that is not supported is refused at initialize, in the record too", async () => {
  await expect(connected("/mcp/unknown")).rejects.toThrow("unknown version of MCP 2024-10-07; supported: 2024-11-05,");
  const recorded = async (): Promise<true | null> =>
    (await readLog(gateway.logDir)).text.includes('"code":"upstream_answer_refused"') || null;
  await eventually("the outcome in the log", recorded);
});
