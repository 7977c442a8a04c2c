import { fileURLToPath } from "node:url";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { startEverything } from "../support/everything-server.ts";
import { allowEverything, everythingTour } from "../support/everything-tour.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { commandRoute } from "../support/stdio/command-route.ts";

const launcher = fileURLToPath(
  new URL("../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url),
);
const run = [process.execPath, launcher, "stdio"];

let gateway: TestGateway;
let old: Awaited<ReturnType<typeof startEverything>>;

beforeAll(async () => {
  old = await startEverything("sse");
  const upstream = { origin: old.origin, allow_addresses: ["loopback"], transport: "sse" };
  gateway = await startGateway({
    routes: [
      commandRoute("everything", { run, per: "session" }),
      crmRoute(old.origin, {
        ...{ id: "old", prefix: "/mcp/old", rewrite: "/sse", server: "everything", credential: undefined, upstream },
      }),
    ],
    policy: allowEverything,
  });
});
afterAll(() => Promise.all([gateway?.close(), old?.stop()]));

/** Each by a caller of its own: what one has read is remembered of it. */
async function tour(prefix: string): Promise<unknown> {
  const token = gateway.token({ sub: `bot of ${prefix}`, role: "support" }, prefix);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  return everythingTour(new StreamableHTTPClientTransport(new URL(gateway.agents + prefix), { requestInit }));
}

test("a client gets through the gateway from a command all that it gets from the command itself", async () => {
  const direct = await everythingTour(new StdioClientTransport({ command: run[0] as string, args: run.slice(1) }));
  expect(await tour("/mcp/everything")).toEqual(direct);
  expect(JSON.stringify(direct)).toMatch(/sampled.*decline.*tour/s);
});

test("a client gets through the gateway from a server over HTTP with SSE all that it gets from the server itself", async () => {
  const direct = await everythingTour(new SSEClientTransport(new URL(`${old.origin}/sse`)));
  expect(await tour("/mcp/old")).toEqual(direct);
  expect(JSON.stringify(direct)).toMatch(/sampled.*decline.*tour/s);
});
