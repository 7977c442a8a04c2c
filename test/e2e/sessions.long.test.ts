/** What people see of the sessions of agents, at a gateway that restarts in between. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;
let digestKey: string;

beforeAll(async () => {
  digestKey = join(await mkdtemp(join(tmpdir(), "sallyport-digest-key-")), "key");
  await writeFile(digestKey, "a".repeat(32));
  upstream = await recordingUpstream((_req, res, { body }) => {
    const { id } = JSON.parse(body.toString()) as { id?: unknown };
    res
      .setHeader("content-type", "application/json")
      .end(JSON.stringify({ jsonrpc: "2.0", id, result: { content: [] } }));
  });
  gateway = await startGateway({
    routes: [crmRoute(upstream.origin)],
    config: { sessions: { header: "x-agent-run", meta: "shop.example/run", digest_key: `file:${digestKey}` } },
  });
});
afterAll(() =>
  Promise.all([gateway?.close(), upstream?.close(), rm(join(digestKey, ".."), { recursive: true, force: true })]),
);

async function call(
  token: string,
  name: string,
  args: object,
  more: { headers?: Record<string, string>; meta?: object } = {},
): Promise<string> {
  const answer = await fetch(`${gateway.agents}/mcp/crm`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(await gateway.inSession(token, "/mcp/crm", more.headers ?? {})),
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name, arguments: args, ...(more.meta === undefined ? {} : { _meta: more.meta }) },
    }),
  });
  return answer.text();
}

interface Row {
  readonly ref: string;
  readonly id: string;
  readonly trust: string;
  readonly live: { readonly calls: number } | null;
  readonly labels: readonly { readonly label: string }[];
}

const list = async (subject: string) =>
  ((await (await gateway.approver()).get(`/api/sessions?subject=${subject}`)) as { items: Row[] }).items;

const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

test("names sessions in the order of trust, by the header and the key that are configured", async () => {
  const token = (session?: string) =>
    gateway.token({ sub: "names-bot", role: "support", ...(session === undefined ? {} : { session }) }, "/mcp/crm");
  const read = ["read_customer", { customer_id: "c-1" }] as const;
  const headers = { traceparent, "x-agent-run": "run-1", "mcp-session-id": "t-1", "sallyport-session": "ignored" };
  const { "mcp-session-id": _transport, ...own } = headers;
  await call(token("s-1"), ...read, { headers });
  await call(token(), ...read, { headers });
  await call(token(), ...read, { headers: own });
  await call(token(), ...read, { headers: { traceparent }, meta: { "shop.example/run": "run-2" } });
  await call(token(), ...read, { headers: { traceparent } });
  await call(token(), ...read);
  expect((await list("names-bot")).map(({ id, trust, live }) => [trust, id, live?.calls])).toEqual([
    ["none", "principal:names-bot", 1],
    ["trace", "a".repeat(32), 1],
    ["self", "run-2", 1],
    ["self", "run-1", 1],
    ["transport", "t-1", 1],
    ["token", "s-1", 1],
  ]);
});

test("shows labels and calls after a restart, and says that memory has none of them", async () => {
  const token = gateway.token({ sub: "restart-bot", role: "support", session: "s-2" }, "/mcp/crm");
  await call(token, "read_customer", { customer_id: "c-1" });
  expect(await call(token, "made_up", {})).toContain("Unknown tool");
  await gateway.kill("SIGTERM");
  await gateway.startAgain();
  const row = (await list("restart-bot")).find(({ id }) => id === "s-2");
  expect(row).toMatchObject({ trust: "token", live: null });
  expect(row!.labels.map(({ label }) => label)).toContain("read:private");
  const timeline = await eventually("the timeline is whole", async () => {
    const shown = (await (await gateway.approver()).get(`/api/sessions/${row!.ref}`)) as {
      timeline: { tool: string; effect: string; outcome: string | null }[];
    };
    return shown.timeline.length === 2 ? shown.timeline : null;
  });
  expect(timeline).toMatchObject([
    { tool: "crm/made_up", effect: "deny", outcome: "refused" },
    { tool: "crm/read_customer", effect: "allow", outcome: "forwarded" },
  ]);
});

test("forgets which values a session has met when the secret of their digests is another one, and says so", async () => {
  const token = gateway.token({ sub: "digest-bot", role: "support", session: "s-3" }, "/mcp/crm");
  const labels = async (): Promise<string[]> => {
    await call(token, "read_customer", { customer_id: "c-1" });
    return (await list("digest-bot")).flatMap(({ labels: all }) => all.map(({ label }) => label));
  };
  const restart = async (): Promise<void> => {
    await gateway.kill("SIGTERM");
    await gateway.startAgain();
  };
  expect(await labels()).not.toContain("provenance:forgotten");
  await restart();
  expect(await labels()).not.toContain("provenance:forgotten");
  expect(gateway.output()).not.toContain("sessions.digest_key has changed");
  await writeFile(digestKey, "b".repeat(32));
  await restart();
  expect(await labels()).toContain("provenance:forgotten");
  await gateway.told("sessions.digest_key has changed");
});
