import type { Exchange } from "../../../gateway/domain/exchange.ts";
import type { Holds } from "../../../gateway/domain/ports.ts";
import type { McpTask } from "../../../gateway/domain/tasks.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { mcpTaskStore } from "../../../gateway/store/mcp-tasks.ts";
import { currentState } from "../../../gateway/tasks/current-state.ts";
import type { TaskDeps } from "../../../gateway/tasks/deps.ts";
import type { Poll } from "../../../gateway/tasks/poll.ts";
import { execute } from "../../../gateway/tasks/run.ts";
import { Running } from "../../../gateway/tasks/running.ts";
import { evaluated, TestClock, testIds } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { task } from "../../support/store-contracts/mcp-tasks.ts";

const expires = 1e15;

/** One task in a real store; what the store has done is told when it is let go. */
async function roomWith(stored: McpTask) {
  const store = mcpTaskStore(new Connection(openDatabase(":memory:")));
  await store.insert(stored, 10);
  const waiting: (() => void)[] = [];
  const entered: string[] = [];
  const headers: string[][] = [];
  const deps: TaskDeps = {
    clock: new TestClock(),
    ids: testIds(),
    logger: quiet,
    running: new Running(),
    process: "p_1",
    store: {
      ...store,
      async move(...change) {
        const moved = await store.move(...change);
        await new Promise<void>((resolve) => waiting.push(resolve));
        return moved;
      },
    },
    holds: { get: () => Promise.resolve(null) } as unknown as Holds,
    results: { of: () => null },
    isAlive: () => Promise.resolve(true),
    makesTasks: () => Promise.resolve(false),
    sessions: { sealed: ({ id }, route, session) => `${session} of ${id} on ${route}` },
    begin({ task: id, req }) {
      entered.push(id ?? "");
      headers.push(req.rawHeaders);
      return { context: { decisionId: "d_1" } } as unknown as Exchange;
    },
  };
  const poll = {
    exchange: { req: { socket: {} } },
    evaluated: evaluated(),
    enter: () => new Promise(() => undefined),
  } as unknown as Poll;
  async function letGo(): Promise<void> {
    while (waiting.length === 0) await new Promise(setImmediate);
    waiting.shift()?.();
  }
  const current = async () => (await store.get(stored.id, stored.owner, 0)) as McpTask;
  return { deps, poll, letGo, current, entered, headers };
}

test("a task that is being started is not taken for one that an earlier process left", async () => {
  const { deps, poll, letGo, current, entered } = await roomWith(task("a", { expires }));
  const executing = execute(deps, poll, await current());
  // It is running in the store, and its run has not begun.
  const found = await current();
  expect([found.state, entered]).toEqual(["running", []]);
  expect((await currentState(deps, found, "d_1")).task.state).toBe("running");
  await letGo();
  await executing;
  expect(entered).toEqual(["a"]);
  expect((await currentState(deps, await current(), "d_1")).task.state).toBe("running");
});

test("a task is executed once when two polls of its caller come at once", async () => {
  const { deps, poll, letGo, current, entered } = await roomWith(task("a", { expires }));
  const before = await current();
  const both = Promise.all([execute(deps, poll, before), execute(deps, poll, before)]);
  await letGo();
  await both;
  expect(entered).toEqual(["a"]);
});

test("a task that an earlier process left in the middle is told as interrupted", async () => {
  const { deps, letGo, current } = await roomWith(task("a", { state: "running", process: "p_1", expires }));
  const [state] = await Promise.all([currentState(deps, await current(), "d_1"), letGo()]);
  expect(state.task).toMatchObject({ state: "answered", answer: { error: expect.anything() } });
});

test("a call that is stored with the tool server's own session is run in it, as one of its caller", async () => {
  const stored = task("a", { expires });
  const request = { ...stored.request, headers: ["Accept", "text/plain", "Mcp-Session-Id", "s-1"] };
  const { deps, poll, letGo, current, headers } = await roomWith({ ...stored, request });
  const executing = execute(deps, poll, await current());
  await letGo();
  await executing;
  while (headers.length === 0) await new Promise(setImmediate);
  const id = `s-1 of ${poll.evaluated.subject.id} on ${stored.route}`;
  expect(headers[0]?.slice(0, 4)).toEqual(["Accept", "text/plain", "Mcp-Session-Id", id]);
});
