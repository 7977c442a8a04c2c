import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { McpTaskStore } from "../../../gateway/domain/ports.ts";
import type { McpTask } from "../../../gateway/domain/tasks.ts";
import { type Database, openDatabase } from "../../../gateway/store/database.ts";
import { mcpTaskStore } from "../../../gateway/store/mcp-tasks.ts";

let dir: string;
let database: Database;
let store: McpTaskStore;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "mcp-tasks-"));
  database = openDatabase(join(dir, "store.db"));
  store = mcpTaskStore(database);
});
afterEach(() => {
  database.close();
  rmSync(dir, { recursive: true });
});

function task(id: string, change: Partial<McpTask> = {}): McpTask {
  return {
    id,
    owner: "bot",
    run: "s1",
    route: "mail",
    tool: "send",
    approval: null,
    request: {
      method: "POST",
      url: "/mail",
      headers: ["Content-Type", "application/json"],
      body: Buffer.from([0, 255, 1]),
      era: "modern",
      rpc_id: 7,
    },
    state: "waiting",
    process: null,
    answer: null,
    upstream_task: null,
    note: null,
    created: 1_000,
    changed: 1_000,
    expires: 2_000,
    ...change,
  };
}

const ids = (tasks: readonly McpTask[]) => tasks.map(({ id }) => id);

test("gives a task back as it was stored, bytes of its body and exact numbers of its answer included", () => {
  const whole = task("a", { approval: "apr", process: "p", note: "n", upstream_task: "u", state: "answered" });
  store.insert(whole);
  expect(store.get("a", "bot", 1_500)).toEqual(whole);
  store.insert(task("b", { answer: { result: { amount: 1.5 } } }));
  expect(store.get("b", "bot", 1_500)?.answer).toEqual({ result: { amount: 1.5 } });
});

test("knows a task only to its owner, and until it expires", () => {
  store.insert(task("a", { approval: "apr" }));
  expect(store.get("a", "another", 1_500)).toBeNull();
  expect(store.about("apr", "another", 1_500)).toEqual([]);
  expect(store.get("a", "bot", 1_999)?.id).toBe("a");
  expect(store.get("a", "bot", 2_000)).toBeNull();
  expect([store.about("apr", "bot", 2_000), store.list("bot", 2_000, 10, null)]).toEqual([[], []]);
});

test("lists an owner's tasks from the newest, page by page", () => {
  for (const [id, created] of [
    ["a", 1],
    ["b", 2],
    ["c", 2],
    ["d", 3],
  ] as const)
    store.insert(task(id, { created }));
  store.insert(task("other", { owner: "another", created: 4 }));
  expect(ids(store.list("bot", 1_500, 2, null))).toEqual(["d", "c"]);
  expect(ids(store.list("bot", 1_500, 2, "c"))).toEqual(["b", "a"]);
  expect(ids(store.list("bot", 1_500, 2, "other"))).toEqual([]);
});

test("moves a task once from a state, and keeps what a change does not name", () => {
  store.insert(task("a", { approval: "apr" }));
  expect(store.move("a", "waiting", { state: "running", process: "p1" }, 1_100)).toBe(true);
  expect(store.move("a", "waiting", { state: "running", process: "p2" }, 1_200)).toBe(false);
  expect(store.move("a", "running", { state: "answered", answer: { result: {} } }, 1_300)).toBe(true);
  expect(store.get("a", "bot", 1_500)).toMatchObject({
    state: "answered",
    process: "p1",
    approval: "apr",
    answer: { result: {} },
    changed: 1_300,
  });
});

test("counts what is open, and finds what a process was executing", () => {
  store.insert(task("a"));
  store.insert(task("b", { state: "running", process: "p1" }));
  store.insert(task("c", { state: "answered", process: "p1" }));
  store.insert(task("d", { state: "cancelled" }));
  store.insert(task("e", { expires: 1_400 }));
  expect(store.countOpen("bot", 1_500)).toBe(2);
  expect(ids(store.runningUnder("p1"))).toEqual(["b"]);
});

test("purges what has expired, and nothing else", () => {
  store.insert(task("a"));
  store.insert(task("b", { expires: 1_500 }));
  store.purge(1_500);
  expect(database.prepare("SELECT id FROM mcp_tasks").all()).toEqual([{ id: "a" }]);
});
