/** A tool server over HTTP that keeps its events, and real clients whose streams are cut on either side of the gateway. */
import { allowWhole } from "../support/allow-whole.ts";
import { callThroughCut } from "../support/matrix/clients.ts";
import { cuttingProxy, type CuttingProxy } from "../support/matrix/cutting-proxy.ts";
import { longTool, resumableServer, type ResumableServer } from "../support/resumable-server.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let server: ResumableServer;
let gateway: TestGateway;
let before: CuttingProxy;
let behind: CuttingProxy;

beforeAll(async () => {
  server = await resumableServer();
  behind = await cuttingProxy(server.origin);
  gateway = await startGateway({
    routes: [
      crmRoute(behind.origin, {
        ...{ id: "resumable", prefix: "/mcp/resumable", rewrite: "/mcp", server: "resumable", credential: undefined },
        upstream: { origin: behind.origin, allow_addresses: ["loopback"] },
      }),
    ],
    policy: (copy) => allowWhole(copy, "resumable", [longTool]),
  });
  before = await cuttingProxy(gateway.agents);
});
afterAll(async () => {
  await before?.close();
  await gateway?.close();
  await behind?.close();
  await server?.close();
});

const sides = [
  ["between the client and the gateway", () => before],
  ["between the gateway and the tool server", () => behind],
] as const;

test.each(sides.flatMap(([side, proxy]) => (["SDK 1", "SDK 2"] as const).map((sdk) => [side, sdk, proxy] as const)))(
  "a call whose stream is cut %s is answered on the stream that %s takes up again",
  async (_side, sdk, proxy) => {
    const [runs, resumed] = [server.runs(), server.resumed()];
    let cut = 0;
    const token = gateway.token({ sub: `bot of ${sdk}`, role: "support" }, "/mcp/resumable");
    const { result, progress } = await callThroughCut(sdk, { url: `${before.origin}/mcp/resumable`, token }, () => {
      cut = proxy().cut();
    });
    expect(JSON.stringify(result)).toContain("Completed in 8 steps.");
    expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(cut).toBeGreaterThan(0);
    expect(server.runs()).toBe(runs + 1);
    expect(server.resumed()).toBeGreaterThan(resumed);
  },
);
