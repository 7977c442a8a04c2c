/** Tasks that the gateway makes in front of a server of the SDK 1.x, which makes none and refuses calls that ask for one. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CallToolResultSchema,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { Approver } from "../../demo/agent/approver.ts";
import { eventually } from "../support/eventually.ts";
import { crmRoute } from "../support/routes.ts";
import { type SdkOneServer, sdkOneServer } from "../support/sdk-one-server.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const names = ["plain", "asks", "samples"];
const fact = { sensitivity: "low", reversible: true, sink: "internal", owner: "tests", labels: [] };
const people = { role: "data-approver", count: 1, approve_within: 900, execute_within: 300, justification: false };
const each = <Value>(value: Value) => Object.fromEntries(names.map((name) => [name, value]));

let server: SdkOneServer;
let gateway: TestGateway;
let approver: Approver;

beforeAll(async () => {
  server = await sdkOneServer();
  const route = (name: string, hold: object = {}) =>
    crmRoute(server.origin, { id: name, prefix: `/mcp/${name}`, server: name, credential: undefined, hold });
  gateway = await startGateway({
    routes: [route("free"), route("held"), route("hasty", { client_timeout: "1s" })],
    policy: async (copy) => {
      const free = each({ ...fact, returns: { own_text: true } });
      await copy.addData("catalog", { free, hasty: free, held: each({ ...fact, reversible: false }) });
      const entitled = { tools: each(true) };
      await copy.addData("entitlements", { support: { free: entitled, held: entitled, hasty: entitled } });
      await copy.addData("approvers", { held: { ...people, summaries: {} } });
    },
  });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), server?.close()]));
beforeEach(() => server.calls.clear());

const clients: Client[] = [];
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

/** A client with a person and a model behind it. */
async function connect(name: string): Promise<Client> {
  const prefix = `/mcp/${name}`;
  const token = gateway.token({ sub: "support-bot", role: "support", session: "s-1" }, prefix);
  const client = new Client({ name: "tests", version: "1" }, { capabilities: { elicitation: {}, sampling: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: {} }));
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    role: "assistant",
    model: "tests",
    content: { type: "text", text: "yes" },
  }));
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.agents + prefix), { requestInit }));
  clients.push(client);
  return client;
}

interface Ended {
  readonly text: string;
  readonly statuses: readonly string[];
}

/** The call as a task, up to its result. */
async function asTask(client: Client, tool: string): Promise<Ended> {
  const statuses: string[] = [];
  await client.listTools();
  const stream = client.experimental.tasks.callToolStream({ name: tool, arguments: {} }, CallToolResultSchema, {
    task: {},
  });
  for await (const message of stream) {
    if (message.type === "taskStatus") statuses.push(message.task.status);
    if (message.type === "result") return { text: JSON.stringify(message.result.content), statuses };
    if (message.type === "error") return { text: message.error.message, statuses };
  }
  throw new Error("the stream ended without a result");
}

async function approve(tool: string): Promise<void> {
  const item = await eventually("the held call", async () => {
    return (await approver.open()).find((one) => one.state === "held" && one.tool === `held/${tool}`) ?? null;
  });
  await approver.approve(item.id);
}

const results = [
  ["plain", "done"],
  ["asks", "the person said accept"],
  ["samples", "the model was tests"],
] as const;

describe("a task of the gateway's, for a tool whose server makes none", () => {
  it.each(results)("brings what %s answers", async (tool, text) => {
    const { text: said } = await asTask(await connect("free"), tool);
    expect([said, server.calls.get(tool)]).toEqual([expect.stringContaining(text), 1]);
  });

  it.each(results)("brings what %s answers once people have approved it", async (tool, text) => {
    const ended = asTask(await connect("held"), tool);
    await approve(tool);
    expect([(await ended).text, server.calls.get(tool)]).toEqual([expect.stringContaining(text), 1]);
  });

  it("ends with an error that says so where nobody takes the question of the server", async () => {
    const client = await connect("hasty");
    const created = await client.request(
      { method: "tools/call", params: { name: "asks", arguments: {}, task: { ttl: 60_000 } } },
      CallToolResultSchema.loose() as never,
    );
    const { taskId } = (created as unknown as { task: { taskId: string } }).task;
    const { tasks } = client.experimental;
    const ended = await eventually("the end of the task", async () => {
      const task = await tasks.getTask(taskId);
      return task.status === "failed" ? task : null;
    });
    expect(ended.statusMessage).toContain("nobody took the question");
    expect(server.calls.get("asks")).toBeUndefined();
  });
});
