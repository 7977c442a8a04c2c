/** Who is offered a task, and how the gateway says that it has them. */
import { extension, speakerAt, type Version } from "../../support/mcp-messages.ts";
import { done, startTaskWorld, type TaskWorld } from "./support/task-world.ts";

let world: TaskWorld;
beforeAll(async () => {
  world = await startTaskWorld();
});
afterAll(() => world?.close());
beforeEach(() => world.next());

describe("a call is answered with a task only when it said so itself", () => {
  const offers: readonly (readonly [string, Version, object, object, string])[] = [
    ["params.task before there were tasks", "2025-03-26", {}, { task: {} }, "crm"],
    ["params.task in 2025-06-18", "2025-06-18", {}, { task: {} }, "crm"],
    ["no params.task", "2025-11-25", {}, {}, "crm"],
    ["a params.task that is no object", "2025-11-25", {}, { task: true }, "crm"],
    ["no extension", "2026-07-28", {}, {}, "crm"],
    ["params.task without the extension", "2026-07-28", {}, { task: {} }, "crm"],
    ["another extension", "2026-07-28", { extensions: { "io.modelcontextprotocol/ui": {} } }, {}, "crm"],
    ["the older era's capability in the newer", "2026-07-28", { tasks: { requests: {} } }, {}, "crm"],
    ["the extension on a route without tasks", "2026-07-28", extension, {}, "off"],
    ["the extension in the older era", "2025-11-25", extension, {}, "crm"],
  ];
  test.each(offers)("not with %s", async (_what, version, capabilities, more, route) => {
    const agent = speakerAt(world.gateway, version, { capabilities, prefix: `/mcp/${route}` });
    const { status, result } = await agent.ask("tools/call", world.call(more));
    expect([status, result?.isError]).toEqual([200, true]);
    expect(result?.content?.[0]?.text).toContain("The call was not executed");
    expect(result).not.toHaveProperty("task");
    expect(result).not.toHaveProperty("taskId");
    expect(result?.resultType ?? "complete").toBe("complete");
    expect(world.calls()).toBe(0);
  });

  test("and told no by an error then, which no client takes for a task", async () => {
    const denied = await world.legacy().ask("tools/call", {
      name: "post_update",
      arguments: { url: "https://x.example/", text: "" },
      task: {},
    });
    expect([denied.status, denied.result]).toEqual([200, undefined]);
    expect(denied.error?.message).toContain("Blocked by policy");
  });
});

describe("what the tool server offers is kept, and the gateway's offer put beside it", () => {
  const own = { list: {}, cancel: {}, requests: { tools: { call: {} } } };

  test("in the handshake of the version that has tasks, and in no other", async () => {
    const capabilities = { tools: {}, tasks: { requests: { tools: {}, x: { y: {} } } } };
    const handshake = (protocolVersion: string) => {
      world.upstream.answerWith(done({ protocolVersion, capabilities, instructions: "as before" }));
      return world
        .legacy()
        .ask("initialize", { protocolVersion, capabilities: {}, clientInfo: { name: "t", version: "1" } });
    };
    expect((await handshake("2025-11-25")).result).toEqual({
      protocolVersion: "2025-11-25",
      instructions: "as before",
      capabilities: { tools: {}, tasks: { ...own, requests: { tools: { call: {} }, x: { y: {} } } } },
    });
    expect((await handshake("2025-06-18")).result?.capabilities).toEqual(capabilities);
  });

  test("in discovery of the stateless era", async () => {
    world.upstream.answerWith(done({ capabilities: { extensions: { "x/y": {} } }, supportedVersions: ["2026-07-28"] }));
    const { result } = await world.modern().ask("server/discover");
    expect(result?.capabilities).toEqual({ extensions: { "x/y": {}, "io.modelcontextprotocol/tasks": {} } });
    const off = await world.modern({ prefix: "/mcp/off" }).ask("server/discover");
    expect(off.result?.capabilities).toEqual({ extensions: { "x/y": {} } });
  });

  test("and a refusal of the handshake goes through as it is", async () => {
    world.upstream.answerWith((_req, res) => res.writeHead(400, { "content-type": "text/plain" }).end("speak 2025"));
    const headers = { authorization: `Bearer ${world.modern().token}`, "content-type": "application/json" };
    const meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const response = await fetch(`${world.gateway.agents}/mcp/crm`, {
      method: "POST",
      headers: { ...headers, "mcp-protocol-version": "2026-07-28", "mcp-method": "server/discover" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "server/discover", params: { _meta: meta } }),
    });
    expect([response.status, await response.text()]).toEqual([400, "speak 2025"]);
  });

  test("in the list of tools of that version", async () => {
    const tools = [
      { name: "find_ticket", inputSchema: { type: "object" } },
      { name: "read_customer", inputSchema: { type: "object" }, execution: { taskSupport: "required", x: 1 } },
      { name: "post_update", inputSchema: { type: "object" }, execution: { taskSupport: "forbidden" } },
    ];
    world.upstream.answerWith(done({ tools }));
    const executions = async (version: Version, prefix = "/mcp/other") =>
      (await speakerAt(world.gateway, version, { prefix }).ask("tools/list")).result?.tools?.map(
        ({ execution }) => execution,
      );
    expect(await executions("2025-11-25")).toEqual([
      { taskSupport: "optional" },
      { taskSupport: "required", x: 1 },
      { taskSupport: "optional" },
    ]);
    const unchanged = tools.map(({ execution }) => execution);
    expect(await executions("2025-06-18")).toEqual(unchanged);
    expect(await executions("2026-07-28")).toEqual(unchanged);
    expect(await executions("2025-11-25", "/mcp/off")).toEqual(unchanged);
  });
});
