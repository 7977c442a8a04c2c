import type { McpTaskStore } from "../../../gateway/domain/ports.ts";
import type { McpTask } from "../../../gateway/domain/tasks.ts";
import type { Shared } from "./shared.ts";

export function task(id: string, change: Partial<McpTask> = {}): McpTask {
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
const many = 100;

/** What every store of MCP tasks promises. */
export function describeMcpTaskStore(make: () => Promise<Shared<McpTaskStore>>): void {
  describe("MCP tasks", () => {
    let shared: Shared<McpTaskStore>;
    let store: McpTaskStore;
    beforeEach(async () => {
      shared = await make();
      store = shared.store;
    });
    afterEach(() => shared.close());
    const insert = (id: string, change: Partial<McpTask> = {}) => store.insert(task(id, change), many);

    it("are given back as they were stored, bytes of the body and exact numbers of the answer included", async () => {
      const whole = task("a", { approval: "apr", process: "p", note: "n", upstream_task: "u", state: "answered" });
      await store.insert(whole, many);
      expect(await store.get("a", "bot", 1_500)).toEqual(whole);
      await insert("b", { answer: { result: { amount: 1.5 } } });
      expect((await store.get("b", "bot", 1_500))?.answer).toEqual({ result: { amount: 1.5 } });
    });

    it("are known only to their owner, and until they expire", async () => {
      await insert("a", { approval: "apr" });
      expect(await store.get("a", "another", 1_500)).toBeNull();
      expect(await store.about("apr", "another", 1_500)).toEqual([]);
      expect((await store.get("a", "bot", 1_999))?.id).toBe("a");
      expect(await store.get("a", "bot", 2_000)).toBeNull();
      expect([await store.about("apr", "bot", 2_000), await store.list("bot", 2_000, 10, null)]).toEqual([[], []]);
    });

    it("about one item are found from the newest", async () => {
      for (const [id, created] of [
        ["a", 1],
        ["b", 2],
        ["c", 2],
      ] as const)
        await insert(id, { created, approval: "apr" });
      await insert("d", { approval: "other" });
      expect(ids(await store.about("apr", "bot", 1_500))).toEqual(["c", "b", "a"]);
    });

    it("are listed from the newest, page by page", async () => {
      for (const [id, created] of [
        ["a", 1],
        ["b", 2],
        ["c", 2],
        ["d", 3],
      ] as const)
        await insert(id, { created });
      await insert("other", { owner: "another", created: 4 });
      expect(ids(await store.list("bot", 1_500, 2, null))).toEqual(["d", "c"]);
      expect(ids(await store.list("bot", 1_500, 2, "c"))).toEqual(["b", "a"]);
      expect(ids(await store.list("bot", 1_500, 2, "other"))).toEqual([]);
    });

    it("move once from a state, and keep what a change does not name", async () => {
      await insert("a", { approval: "apr" });
      expect(await store.move("a", "waiting", { state: "running", process: "p1" }, 1_100)).toBe(true);
      expect(await store.move("a", "waiting", { state: "running", process: "p2" }, 1_200)).toBe(false);
      expect(await store.move("a", "running", { state: "answered", answer: { result: {} } }, 1_300)).toBe(true);
      expect(await store.get("a", "bot", 1_500)).toMatchObject({
        state: "answered",
        process: "p1",
        approval: "apr",
        answer: { result: {} },
        changed: 1_300,
      });
    });

    it("are moved by one of two processes that try at once", async () => {
      const other = await shared.again();
      await insert("a");
      const moved = await Promise.all([
        store.move("a", "waiting", { state: "running", process: "p1" }, 1_100),
        other.store.move("a", "waiting", { state: "running", process: "p2" }, 1_100),
      ]);
      expect(moved.toSorted()).toEqual([false, true]);
      await other.close();
    });

    it("are not more than so many that are open, of one owner", async () => {
      const open = (id: string, change: Partial<McpTask> = {}) =>
        store.insert(task(id, { created: 1_500, expires: 2_500, ...change }), 3);
      await insert("ended", { state: "answered", expires: 2_500 });
      await insert("cancelled", { state: "cancelled", expires: 2_500 });
      await insert("expired", { expires: 1_400 });
      await open("a");
      await open("b", { state: "running" });
      const last = await Promise.all([open("c", { state: "relayed" }), open("d"), open("e")]);
      expect(last.filter(Boolean)).toHaveLength(1);
      expect(await open("f", { owner: "another" })).toBe(true);
      const kept = await Promise.all(["c", "d", "e"].map((id) => store.get(id, "bot", 1_500)));
      expect(kept.map((one) => one !== null)).toEqual(last);
    });

    it("are purged when they have expired, and not before", async () => {
      await insert("a");
      await insert("b", { expires: 1_500 });
      await store.purge(1_500);
      // Before it expired, it would be there.
      expect([(await store.get("a", "bot", 0))?.id, await store.get("b", "bot", 0)]).toEqual(["a", null]);
    });

    it("are durable when the call resolves, and another connection sees them", async () => {
      const other = await shared.again();
      await insert("a");
      await store.move("a", "waiting", { state: "cancelled" }, 1_100);
      expect(await other.store.get("a", "bot", 1_500)).toMatchObject({ state: "cancelled" });
      await other.close();
    });
  });
}
