/** In front of a tool server that makes tasks itself: its own stay its own, and held ones lead to them. */
import type { Approver } from "../../demo/agent/approver.ts";
import { eventually } from "../support/eventually.ts";
import { startEverything } from "../support/everything-server.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { type TaskClient, taskClient } from "../support/task-clients.ts";

let everything: Awaited<ReturnType<typeof startEverything>>;
let gateway: TestGateway;
let approver: Approver;

const tool = "simulate-research-query";
const fact = {
  sensitivity: "low",
  reversible: true,
  sink: "internal",
  owner: "tests",
  labels: [],
  returns: { own_text: true },
};
const methods = { "tasks/get": true, "tasks/result": true, "tasks/cancel": true };
const people = { role: "data-approver", count: 1, approve_within: 900, execute_within: 300, justification: false };

beforeAll(async () => {
  everything = await startEverything();
  const route = (server: string) => {
    const changes = { id: server, prefix: `/mcp/${server}`, server, credential: undefined };
    return crmRoute(everything.origin, { ...changes, hold: { progress_every: "1s" } });
  };
  gateway = await startGateway({
    routes: [route("free"), route("held"), route("closed")],
    policy: async (copy) => {
      const held = { [tool]: { ...fact, reversible: false } };
      await copy.addData("catalog", { free: { [tool]: fact }, held, closed: held });
      const entitled = { tools: { [tool]: true }, methods };
      await copy.addData("entitlements", {
        support: { free: entitled, held: entitled, closed: { ...entitled, methods: {} } },
      });
      await copy.addData("approvers", { held: { ...people, summaries: {} }, closed: { ...people, summaries: {} } });
    },
  });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), everything?.stop()]));

describe.each(["v1 sdk", "v2 legacy"] as const)("a tool server's own tasks, for %s", (name) => {
  const clients: TaskClient[] = [];
  afterAll(() => Promise.all(clients.map((client) => client.close())));

  async function connect(server: string): Promise<TaskClient> {
    const prefix = `/mcp/${server}`;
    const token = gateway.token({ sub: "support-bot", role: "support", session: name.replace(" ", "-") }, prefix);
    const client = await taskClient(name, gateway.agents + prefix, token);
    clients.push(client);
    return client;
  }

  async function approve(server: string): Promise<void> {
    const item = await eventually("the held call", async () => {
      return (await approver.open()).find((one) => one.state === "held" && one.tool === `${server}/${tool}`) ?? null;
    });
    await approver.approve(item.id);
  }

  test("are passed on under their own ids when nobody has to approve", async () => {
    const client = await connect("free");
    await client.list();
    const call = client.call(tool, { topic: `bees ${name}` });
    expect((await call.result).text).toContain(`bees ${name}`);
    expect(call.steps.length).toBeGreaterThan(0);
    expect(call.steps.filter(({ taskId }) => taskId.startsWith("sallyport-"))).toEqual([]);
  });

  test("are behind the gateway's task when a person approved it first", async () => {
    const client = await connect("held");
    await client.list();
    const call = client.call(tool, { topic: `wasps ${name}` });
    await approve("held");
    expect((await call.result).text).toContain(`wasps ${name}`);
    expect(new Set(call.steps.map(({ taskId }) => taskId)).size).toBe(1);
    expect(call.steps[0]?.taskId).toMatch(/^sallyport-/);
    expect(call.steps.map(({ message }) => message).join()).toMatch(/Gathering|Analyzing|Synthesizing|Generating/);
  });

  test("are as closed to a caller without the entitlement as without the gateway's task", async () => {
    const client = await connect("closed");
    await client.list();
    const call = client.call(tool, { topic: `ants ${name}` });
    const ended = call.result.catch((error: Error) => error);
    await approve("closed");
    expect(String(await ended)).toContain("Blocked by policy");
  });
});
