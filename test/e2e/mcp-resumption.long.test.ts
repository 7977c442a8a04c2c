/** A tool server over HTTP that keeps its events, and real clients whose streams are cut on either side of the gateway. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allowWhole } from "../support/allow-whole.ts";
import { mayNotSkip } from "../support/found-tool.ts";
import { callThroughCut, callThroughCutByPython } from "../support/matrix/clients.ts";
import { cuttingProxy, type CuttingProxy } from "../support/matrix/cutting-proxy.ts";
import { pythonWithMcp } from "../support/matrix/python.ts";
import { longTool, resumableServer, type ResumableServer } from "../support/resumable-server.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const place = mkdtempSync(join(tmpdir(), "sallyport-python-"));
const python = pythonWithMcp(place);

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
        id: "resumable",
        prefix: "/mcp/resumable",
        rewrite: "/mcp",
        server: "resumable",
        credential: undefined,
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
  rmSync(place, { recursive: true, force: true });
});

const sides = [
  ["between the client and the gateway", () => before],
  ["between the gateway and the tool server", () => behind],
] as const;

type Through = (place: { url: string; token: string }, cut: () => void) => ReturnType<typeof callThroughCut>;

const bySdk =
  (sdk: Parameters<typeof callThroughCut>[0]): Through =>
  (at, cut) =>
    callThroughCut(sdk, at, cut);
const byPython =
  (interpreter: string): Through =>
  (at, cut) =>
    callThroughCutByPython(interpreter, at, cut);

const clients: readonly (readonly [string, Through])[] = [
  ...(["SDK 1", "SDK 2", "mcp-remote"] as const).map((sdk) => [sdk, bySdk(sdk)] as const),
  ...(python === null ? [] : [["the Python SDK", byPython(python)] as const]),
];

// A machine without Python is told, not passed over; in CI it is a failure.
(python === null && !mayNotSkip ? test.skip : test)("the Python SDK is among the clients", () => {
  expect(clients.map(([name]) => name)).toContain("the Python SDK");
});

test.each(sides.flatMap(([side, proxy]) => clients.map(([name, call]) => [side, name, proxy, call] as const)))(
  "a call whose stream is cut %s is answered on the stream that %s takes up again",
  async (_side, name, proxy, call) => {
    const [runs, resumed] = [server.runs(), server.resumed()];
    let cut = 0;
    const token = gateway.token({ sub: `bot of ${name}`, role: "support" }, "/mcp/resumable");
    const { result, progress } = await call({ url: `${before.origin}/mcp/resumable`, token }, () => {
      cut = proxy().cut();
    });
    expect(JSON.stringify(result)).toContain("Completed in 8 steps.");
    expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(cut).toBeGreaterThan(0);
    expect(server.runs()).toBe(runs + 1);
    expect(server.resumed()).toBeGreaterThan(resumed);
  },
);
