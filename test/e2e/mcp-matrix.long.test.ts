/** Real servers and real clients: each client gets through the gateway what it gets from the server itself. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allowWhole } from "../support/allow-whole.ts";
import {
  callThroughCut,
  type Visit,
  visitByInspector,
  visitByOne,
  visitByPython,
  visitByRemote,
  visitByTwo,
  visitByTwoModern,
} from "../support/matrix/clients.ts";
import { mayNotSkip } from "../support/found-tool.ts";
import { runInspectorFor } from "../support/inspector.ts";
import { cuttingProxy } from "../support/matrix/cutting-proxy.ts";
import {
  comparable,
  type Seen,
  withGatewayTasks,
  withoutLogsBesideCalls,
  withoutRoots,
  worked,
} from "../support/matrix/plan.ts";
import { pythonWithMcp } from "../support/matrix/python.ts";
import { type Server, servers, type Started } from "../support/matrix/servers.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const place = mkdtempSync(join(tmpdir(), "sallyport-python-"));
const python = pythonWithMcp(place);
const { all, folder } = servers(python);
const toolsOf = ({ plan, listed }: Server) => [...new Set([...plan.calls.map(([tool]) => tool), ...listed])];
const started = new Map<string, Started>();

const clients: readonly (readonly [name: string, visit: Visit, direct: Visit])[] = [
  ["SDK 1", visitByOne, visitByOne],
  ["SDK 2", visitByTwo, visitByTwo],
  // Most servers speak versions with sessions alone; of those that do not, see below.
  ["SDK 2 at 2026-07-28", visitByTwoModern, visitByTwo],
  ["mcp-remote", visitByRemote, visitByRemote],
  ["Inspector", visitByInspector, visitByInspector],
  ...(python === null ? [] : [["the Python SDK", visitByPython(python), visitByPython(python)] as const]),
];
const pairs = all.flatMap((server) =>
  clients
    .filter(([name]) => server.visitors?.includes(name) ?? true)
    .map((client) => [server.name, client[0], server, client] as const),
);

// A machine without Python is told, not passed over; in CI it is a failure.
(python === null && !mayNotSkip ? test.skip : test)("the Python SDK is among the clients", () => {
  expect(clients.map(([name]) => name)).toContain("the Python SDK");
});

let gateway: TestGateway;

beforeAll(async () => {
  for (const server of all) started.set(server.name, await server.start());
  gateway = await startGateway({
    routes: [...started.values()].map(({ route }) => route),
    policy: async (copy) => {
      for (const server of all) await allowWhole(copy, server.name, toolsOf(server));
    },
  });
});
afterAll(async () => {
  await gateway?.close();
  for (const { stop } of started.values()) await stop();
  for (const one of [folder, place]) rmSync(one, { recursive: true, force: true });
});

/** Steps of methods that MCP 2026-07-28 has no more. */
const removed: ReadonlySet<string> = new Set(["subscribe", "unsubscribe", "logging"]);

function compared(seen: Seen, { scrub, opaque, asking }: Server, client: string): unknown {
  const isModern = client.endsWith("2026-07-28");
  const unread = client === "Inspector" ? [...opaque, ...asking] : opaque;
  const kept = seen
    .filter(([step]) => !isModern || !removed.has(step.replace("progress of ", "")))
    .map(
      ([step, got]) => (unread.some((tool) => step === `call ${tool}`) ? [step, kinds(got)] : [step, got]) as Seen[0],
    );
  return comparable(
    kept.map(([step, got]) =>
      step === "notifications" ? [step, inOrder(got as readonly string[], scrub)] : [step, got],
    ),
    scrub,
    isModern,
  );
}

/** Servers tell at random times, and some at random levels. */
function inOrder(told: readonly string[], scrub: Server["scrub"]): readonly string[] {
  return [...new Set(told.map(scrub))].toSorted();
}

/** What a result consists of, without what it says. */
function kinds(got: unknown): unknown {
  return [...new Set((got as { content: { type: string }[] }).content.map(({ type }) => type))];
}

test.each(pairs)(
  "%s gives %s through the gateway what it gives itself",
  async (name, client, server, [, visit, direct]) => {
    const isModern = client.endsWith("2026-07-28");
    const plan = isModern ? withoutLogsBesideCalls(withoutRoots(server.plan)) : server.plan;
    const { direct: itsPlace } = started.get(name) as Started;
    server.reset();
    const seen = await (server.isModern ? visit : direct)(itsPlace, plan);
    const itself = compared(isModern ? seen : withGatewayTasks(seen), server, client);
    server.reset();
    const token = gateway.token({ sub: `bot of ${client}`, role: "support" }, `/mcp/${name}`);
    const through = await visit({ url: `${gateway.agents}/mcp/${name}`, token }, plan);
    expect(compared(through, server, client)).toEqual(itself);
    const told = through.find(([step]) => step === "notifications")?.[1] as readonly unknown[] | undefined;
    if (client !== "Inspector") expect(told?.length).toBeGreaterThanOrEqual(plan.tells.length);
    // Two failures would be equal too; the plans have fewer calls that are to fail.
    expect(worked(through)).toBeGreaterThanOrEqual(plan.calls.length / 2);
  },
);

// Its command line writes a result alone, and has none of the methods by which other clients of Inspector follow what servers tell.
test("Inspector's command line shows nothing that servers tell beside a result", async () => {
  const { direct } = started.get("everything-http") as Started;
  const place = { url: (direct as { url: string }).url, headers: {} };
  const long = ["--tool-name", "trigger-long-running-operation", "--tool-args-json", '{"duration":0.3,"steps":3}'];
  const [tail, follow, call] = await runInspectorFor(place, [
    ["--method", "logging/tail"],
    ["--method", "resources/subscribe", "--uri", "demo://resource/dynamic/text/1"],
    ["--method", "tools/call", ...long],
  ]);
  expect(tail?.slice(0, 2)).toEqual([1, expect.stringContaining("Unsupported method: logging/tail")]);
  expect(follow?.slice(0, 2)).toEqual([1, expect.stringContaining("Unsupported method: resources/subscribe")]);
  expect([call?.[0], Object.keys(call?.[2] ?? {})]).toEqual([0, ["content"]]);
});

// Of a command the gateway keeps the stream. The reference server over HTTP does not go on with one that was cut, asked directly either.
test.each(["SDK 1", "SDK 2"] as const)(
  "a call whose stream is cut is answered on the stream that %s takes up again",
  async (sdk) => {
    const name = "everything";
    const proxy = await cuttingProxy(gateway.agents);
    const token = gateway.token({ sub: `bot of ${sdk}`, role: "support" }, `/mcp/${name}`);
    let cut = 0;
    const { result, progress } = await callThroughCut(sdk, { url: `${proxy.origin}/mcp/${name}`, token }, () => {
      cut = proxy.cut();
    });
    await proxy.close();
    expect(JSON.stringify(result)).toContain("Long running operation completed. Duration: 2 seconds, Steps: 8.");
    expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(cut).toBeGreaterThan(0);
  },
);
