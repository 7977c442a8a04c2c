import { fileURLToPath } from "node:url";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { allowEverything, everythingTour } from "../support/everything-tour.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { commandRoute } from "../support/stdio/command-route.ts";

const launcher = fileURLToPath(
  new URL("../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url),
);
const run = [process.execPath, launcher, "stdio"];

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({
    routes: [commandRoute("everything", { run, per: "session" })],
    policy: allowEverything,
  });
});
afterAll(() => gateway?.close());

async function tour(headers: Record<string, string>): Promise<unknown> {
  const transport = new StreamableHTTPClientTransport(new URL(`${gateway.agents}/mcp/everything`), {
    requestInit: { headers },
  });
  return everythingTour(transport);
}

test("a client gets through the gateway from a command all that it gets from the command itself", async () => {
  const direct = await everythingTour(new StdioClientTransport({ command: run[0] as string, args: run.slice(1) }));
  const token = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/everything");
  const behind = await tour({ authorization: `Bearer ${token}` });
  expect(behind).toEqual(direct);
  expect(JSON.stringify(direct)).toMatch(/sampled.*decline.*tour/s);
});
