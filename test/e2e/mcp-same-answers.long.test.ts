import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { startEverything } from "../support/everything-server.ts";
import { allowEverything, everythingTour } from "../support/everything-tour.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const prefix = "/mcp/everything";

let everything: Awaited<ReturnType<typeof startEverything>>;
let gateway: TestGateway;

beforeAll(async () => {
  everything = await startEverything();
  const route = crmRoute(everything.origin, { id: "everything", prefix, server: "everything", credential: undefined });
  gateway = await startGateway({ routes: [route], policy: allowEverything });
});
afterAll(() => Promise.all([gateway?.close(), everything?.stop()]));

/** What one client gets of all that the reference server offers. */
async function tour(url: string, headers: Record<string, string>): Promise<unknown> {
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  const seen = await everythingTour(transport);
  await transport.terminateSession().catch(() => undefined);
  await transport.close();
  return seen;
}

test("an MCP client gets through the gateway all that it gets without it: tools, sampling, elicitation, roots, resources, prompts, completions and logging", async () => {
  const direct = await tour(`${everything.origin}/mcp`, {});
  const token = gateway.token({ sub: "support-bot", role: "support" }, prefix);
  const behind = await tour(gateway.agents + prefix, { authorization: `Bearer ${token}` });
  expect(behind).toEqual(direct);
  expect(JSON.stringify(direct)).toMatch(/sampled.*decline.*tour/s);
});
