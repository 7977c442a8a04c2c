import { readLog } from "../conformance/attacks/support/log.ts";
import { eventually } from "../support/eventually.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { commandRoute } from "../support/stdio/command-route.ts";
import { type SseFixture, startSseFixture } from "../support/stdio/sse-fixture.ts";
import { allowTools, closeClients, fixtureCommand, stdioClient } from "../support/stdio/stdio-clients.ts";

const old = { id: "old", prefix: "/mcp/old", rewrite: "/sse", protocol: "mcp", server: "old", issuers: ["dev"] };

let gateway: TestGateway;
let sse: SseFixture;

beforeAll(async () => {
  sse = await startSseFixture();
  const upstream = { origin: sse.origin, allow_addresses: ["loopback"], transport: "sse" };
  gateway = await startGateway({
    routes: [
      commandRoute("held", { run: fixtureCommand }, { server: "crm", hold: { silent_wait: "0s" } }),
      { ...old, upstream, credential: "crm-api" },
    ],
    limits: { finish: "1s" },
    policy: async (copy) => {
      await allowTools(copy, "crm", ["place", "count", "wait", "exit"]);
      await copy.addData("catalog", { crm: { count: { reversible: false }, exit: { reversible: false } } });
      await allowTools(copy, "old", ["echo", "ask", "wait"]);
    },
  });
});
afterEach(closeClients);
afterAll(() => Promise.all([gateway?.close(), sse?.close()]));

test("a held call that people approve after its command was killed runs once, in a command that is started for it", async () => {
  const { client, text } = await stdioClient(gateway, "held", "alice");
  const { pid } = JSON.parse(await text("place")) as { pid: number };
  const call = () => client.callTool({ name: "count", arguments: { of: "killed" } });
  expect(JSON.stringify(await call())).toContain('"outcome":"pending"');
  process.kill(pid, "SIGKILL");
  await gateway.told("a tool server has ended");
  const approver = await gateway.approver();
  const [held] = await approver.open();
  await approver.approve(held?.id ?? "");
  expect(JSON.stringify(await call())).toContain('"text":"1"');
  expect(JSON.stringify(await call())).toContain('"text":"1"');
  const lines = (await readLog(gateway.logDir)).lines;
  expect(lines.filter(({ kind, outcome }) => kind === "outcome" && outcome === "unknown")).toEqual([]);
});

test("an approval whose call was under way when its command ended stays used, and nobody knows whether it ran", async () => {
  const { client } = await stdioClient(gateway, "held", "bob");
  const call = () => client.callTool({ name: "exit", arguments: {} });
  expect(JSON.stringify(await call())).toContain('"outcome":"pending"');
  const approver = await gateway.approver();
  const held = (await approver.open()).find(({ state }) => state === "held");
  await approver.approve(held?.id ?? "");
  expect(JSON.stringify(await call())).toContain("upstream_ended");
  const { lines } = await eventually("it is recorded", async () => {
    const log = await readLog(gateway.logDir);
    return log.lines.some(({ kind, outcome }) => kind === "outcome" && outcome === "unknown") ? log : null;
  });
  expect(lines.filter(({ outcome }) => outcome === "unknown")).toHaveLength(1);
  expect(await approver.show(held?.id ?? "")).toMatchObject({ state: "unknown" });
});

test("a server over HTTP with SSE is called with the gateway's credential, each session on a stream of its own", async () => {
  const [one, other] = await Promise.all(["alice", "bob"].map((sub) => stdioClient(gateway, "old", sub)));
  expect(await one?.text("echo", { value: "é\u2028" })).toBe("é\u2028");
  expect(await other?.text("echo", { value: "two" })).toBe("two");
  expect(new Set(sse.seen.map((one) => one.split(" ").slice(1).join(" ")))).toEqual(new Set(["Bearer demo-crm-key"]));
  // More when a client found its first attempt too slow.
  expect(sse.seen.filter((one) => one.startsWith("GET")).length).toBeGreaterThanOrEqual(2);
});

test("a call of a server over HTTP with SSE whose stream breaks is told so by name, and the next call opens another", async () => {
  const { client, text } = await stdioClient(gateway, "old", "carol");
  const progress: unknown[] = [];
  const waiting = client.callTool({ name: "wait", arguments: {} }, undefined, {
    onprogress: (one) => progress.push(one),
  });
  await eventually("it is under way", () => progress[0] ?? null);
  sse.cut();
  expect(JSON.stringify(await waiting)).toContain("upstream_ended");
  expect(await text("echo", { value: "again" })).toBe("again");
});

test("a call that its client calls off is called off at the command", async () => {
  const { client, text } = await stdioClient(gateway, "held", "dora");
  const left = new AbortController();
  const progress: unknown[] = [];
  const waiting = client.callTool({ name: "wait", arguments: {} }, undefined, {
    onprogress: (one) => progress.push(one),
    signal: left.signal,
  });
  await eventually("it is under way", () => progress[0] ?? null);
  left.abort();
  await expect(waiting).rejects.toThrow();
  await gateway.told(/the fixture was told that \d+ is called off/);
  expect(await text("place")).toContain("pid");
});
