/** Whose a task is, and what may be asked about it. */
import { eventually } from "../../support/eventually.ts";
import { extension, taskIdOf } from "../../support/mcp-messages.ts";
import { readLog } from "./support/log.ts";
import { startTaskWorld, type TaskWorld } from "./support/task-world.ts";

let world: TaskWorld;
beforeAll(async () => {
  world = await startTaskWorld();
});
afterAll(() => world?.close());
beforeEach(() => world.next());

describe("a task is its caller's", () => {
  test.each([
    ["another agent", { sub: "other-bot" }],
    ["the same agent on another route", { prefix: "/mcp/other" }],
  ])("and unknown to %s, whatever it asks", async (_who, as) => {
    const taskId = await world.held();
    await world.decide();
    for (const method of ["tasks/get", "tasks/result", "tasks/cancel"]) {
      expect((await world.legacy(as).ask(method, { taskId })).error).toMatchObject({ code: -32602 });
      const answer = await world.modern(as).ask(method === "tasks/result" ? "tasks/update" : method, { taskId });
      expect([answer.status, answer.error?.code]).toEqual([200, -32602]);
    }
    expect((await world.legacy(as).ask("tasks/list")).result?.tasks?.map((task) => task.taskId)).not.toContain(taskId);
    expect(world.calls()).toBe(0);
    expect((await world.ended(world.legacy(), taskId)).status).toBe("completed");
  });

  test("and a poll of another run of the agent reads it, but executes nothing", async () => {
    const taskId = await world.held();
    await world.decide();
    const { result } = await world.legacy({ session: "s-2" }).ask("tasks/get", { taskId });
    expect(result?.status).toBe("working");
    expect(world.calls()).toBe(0);
    expect((await world.ended(world.legacy(), taskId)).status).toBe("completed");
    expect(world.calls()).toBe(1);
  });

  test("and the list shows all of its own, page by page, and no cursor that somebody made up", async () => {
    const agent = world.legacy({ session: "s-list", prefix: "/mcp/other" });
    const made = new Set<string>();
    for (let at = 0; at < 55; at += 1)
      made.add(
        taskIdOf(await agent.ask("tools/call", { name: "find_ticket", arguments: { query: `${at}` }, task: {} })),
      );
    const first = await agent.ask("tasks/list");
    const second = await agent.ask("tasks/list", { cursor: first.result?.nextCursor });
    const listed = [first, second].flatMap(({ result }) => result?.tasks?.map((task) => task.taskId) ?? []);
    expect(made.isSubsetOf(new Set(listed))).toBe(true);
    expect(new Set(listed).size).toBe(listed.length);
    expect(second.result?.nextCursor).toBeUndefined();
    for (const cursor of ["x", "sallyport-t_0000000000000000000000", 7])
      expect((await agent.ask("tasks/list", { cursor })).error?.code).toBe(-32602);
  });
});

describe("questions of the stateless era", () => {
  test("name the extension", async () => {
    const taskId = await world.heldModern();
    const { status, error } = await world.modern({ capabilities: {} }).ask("tasks/get", { taskId });
    expect([status, error?.code]).toEqual([400, -32021]);
    expect(error?.data).toMatchObject({ requiredCapabilities: extension });
  });

  test("repeat the id in Mcp-Name", async () => {
    const taskId = await world.heldModern();
    const other = await world.modern().ask("tasks/get", { taskId }, { headers: { "mcp-name": `${taskId}x` } });
    expect([other.status, other.error?.code]).toEqual([400, -32020]);
  });

  test("get an empty acknowledgement to an update and a cancellation, twice", async () => {
    const taskId = await world.heldModern();
    for (const [method, more] of [
      ["tasks/update", { inputResponses: {} }],
      ["tasks/cancel", {}],
      ["tasks/cancel", {}],
    ] as const)
      expect((await world.modern().ask(method, { taskId, ...more })).result).toEqual({ resultType: "complete" });
    expect((await world.modern().ask("tasks/get", { taskId })).result?.status).toBe("cancelled");
  });
});

test("the tool server's own tasks are asked about as calls like any other, and nobody is entitled to them yet", async () => {
  const get = await world.legacy().ask("tasks/get", { taskId: "786512e2" });
  expect(get.error?.message).toContain("Blocked by policy");
  expect((await world.legacy({ prefix: "/mcp/off" }).ask("tasks/list")).error?.message).toContain("Blocked by policy");
  expect(world.upstream.requests).toHaveLength(0);
});

describe("tasks/result", () => {
  test("blocks until people have decided, and brings what the call brings", async () => {
    const taskId = await world.held();
    const blocked = world.legacy().ask("tasks/result", { taskId }, { progressToken: "p" });
    await world.decide();
    const { result } = await blocked;
    expect(result).toMatchObject({
      content: [{ text: "deleted" }],
      _meta: { "io.modelcontextprotocol/related-task": { taskId } },
    });
    expect(world.calls()).toBe(1);
  });

  test("brings the people's reason when they deny", async () => {
    const taskId = await world.held();
    const blocked = world.legacy().ask("tasks/result", { taskId });
    await world.decide("deny");
    expect((await blocked).result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("not this one") }],
    });
  });

  test("says to ask again when the route's longest wait is over", async () => {
    const agent = world.legacy({ prefix: "/mcp/brief" });
    const taskId = taskIdOf(await agent.ask("tools/call", world.call({ task: {} })));
    const { error } = await agent.ask("tasks/result", { taskId }, { progressToken: "p" });
    expect(error?.data).toMatchObject({ outcome: "pending", retryable: true });
    expect((await agent.ask("tasks/get", { taskId })).result?.status).toBe("working");
  });

  test("that nobody waits for any more executes nothing", async () => {
    const taskId = await world.held();
    const leaving = new AbortController();
    const { lines: before } = await readLog(world.gateway.logDir);
    const since = async () => (await readLog(world.gateway.logDir)).lines.slice(before.length);
    const blocked = world.legacy().ask("tasks/result", { taskId }, { signal: leaving.signal });
    await eventually("it waits", async () => (await since()).find(({ kind }) => kind === "decision") ?? null);
    leaving.abort();
    await expect(blocked).rejects.toThrow();
    await eventually("the gateway noticed", async () => (await since()).find(({ kind }) => kind === "outcome") ?? null);
    await world.decide();
    expect((await world.legacy({ session: "s-2" }).ask("tasks/get", { taskId })).result?.status).toBe("working");
    expect(world.calls()).toBe(0);
  });
});

test("an allowed call that asks to be a task becomes one, and runs at once", async () => {
  const created = await world.legacy().ask("tools/call", {
    name: "find_ticket",
    arguments: { query: "x" },
    task: { ttl: 120_000 },
  });
  expect(created.result?.task).toMatchObject({ status: "working", ttl: 120_000 });
  const taskId = taskIdOf(created);
  expect((await world.legacy().ask("tasks/result", { taskId })).result?.content).toEqual([
    { type: "text", text: "deleted" },
  ]);
  expect(world.calls()).toBe(1);
});
