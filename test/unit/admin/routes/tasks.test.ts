import { type TaskDetail, taskRoutes } from "../../../../gateway/admin/routes/tasks.ts";
import type { ConsoleTasks } from "../../../../gateway/admin/deps.ts";
import type { RequestContext } from "../../../../gateway/domain/exchange.ts";
import type { LeaseView } from "../../../../gateway/domain/lease.ts";
import type { Outcome } from "../../../../gateway/domain/decision-record.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import { TestClock, testIds } from "../../../support/builders.ts";
import { sampleTask, testTasks } from "../../../support/console/console-tasks.ts";
import { type MountedRoutes, mountRoutes, testSession } from "../../../support/console/mount-routes.ts";
import { memoryDecisions } from "../../../support/console/sample-decisions.ts";
import { testEndings } from "../../../support/endings.ts";
import { Connection } from "../../../../gateway/store/connection.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";

const asked = { purpose: "Refund order 881", tools: ["payments/*"], agents: [{ subject: "refund-bot" }] };
const opened: MountedRoutes[] = [];
afterEach(() => Promise.all(opened.splice(0).map((one) => one.close())));

interface Changes extends Partial<ConsoleTasks> {
  readonly roles?: readonly string[];
}

async function world(changes: Changes = {}, roles: readonly string[] = ["operator"]) {
  const clock = new TestClock();
  const connection = new Connection(openDatabase(":memory:"));
  const ids = testIds();
  const tasks = testTasks(connection, { clock, ids, endings: testEndings().endings });
  const records: { context: RequestContext; outcome: Outcome }[] = [];
  const record: ConsoleTasks["record"] = async (context, _decision, act) => {
    const outcome = await act();
    records.push({ context, outcome });
    return outcome;
  };
  const decisions = memoryDecisions(clock.now(), 30);
  const deps = { tasks: { ...tasks.tasks, record, ...changes }, decisions, clock, ids };
  const routes = await mountRoutes(testSession({ roles }), (app) => taskRoutes(app, deps));
  opened.push(routes);
  const get = async <T>(path: string) => (await routes.send("GET", path)).body as T;
  return { ...tasks, ...routes, get, clock, records };
}

interface TaskList {
  readonly items: readonly LeaseView[];
  readonly next: string | null;
  readonly may_open: boolean;
}

test("opens a task for whoever may, and records who opened what before it is there", async () => {
  const { send, get, records } = await world();
  const made = await send("POST", "/api/tasks", asked);
  expect(made.status).toBe(201);
  const task = made.body as unknown as LeaseView;
  expect(task).toMatchObject({
    state: "open",
    purpose: "Refund order 881",
    tools: ["payments/*"],
    used: { calls: 0 },
    agents: [{ subject: "refund-bot", client: null, issuer: "https://idp.example" }],
    opened_by: { kind: "person", id: "alice", issuer: null },
  });
  expect(records.map(({ context, outcome }) => [context.lease, outcome.kind, outcome.status])).toMatchObject([
    [{ task: task.id, change: "opened", by: { kind: "person", id: "alice" } }, "answered", 201],
  ]);
  expect((await get<TaskList>("/api/tasks")).items).toEqual([task]);
});

test.each([
  ["POST", "/api/tasks", asked],
  ["POST", `/api/tasks/${sampleTask}/close`, { reason: "x" }],
])("refuses %s %s to people without the role, and lets them look", async (method, path, body) => {
  const { send, insert, get, records } = await world({}, ["payments-approver"]);
  await insert();
  expect(await send(method, path, body)).toEqual({ status: 403, body: { code: "role_required" } });
  expect(await get<TaskList>("/api/tasks")).toMatchObject({ items: [{ state: "open" }], may_open: false });
  expect(records).toEqual([]);
});

test("opens nothing that cannot be recorded, and closes all the same", async () => {
  const { send, insert, get } = await world({ record: () => Promise.reject(new Refusal("record_unavailable")) });
  await insert();
  expect(await send("POST", "/api/tasks", asked)).toEqual({ status: 503, body: { code: "record_unavailable" } });
  expect((await send("POST", `/api/tasks/${sampleTask}/close`, { reason: "enough" })).status).toBe(200);
  expect((await get<TaskList>("/api/tasks?state=all")).items).toMatchObject([{ id: sampleTask, state: "closed" }]);
});

test.each([
  [{ ...asked, tools: undefined }, 400, "task_invalid"],
  [{ ...asked, colour: "red" }, 400, "task_invalid"],
  [{ ...asked, parent: "t_none" }, 404, "task_absent"],
  [{ purpose: "more", parent: sampleTask, tools: ["crm/*"] }, 403, "task_wider"],
])("opens nothing for %j", async (body, status, code) => {
  const { send, insert, records } = await world();
  await insert();
  expect(await send("POST", "/api/tasks", body)).toEqual({ status, body: { code } });
  expect(records).toEqual([]);
});

test("asks for the issuer of agents where several are trusted", async () => {
  const { send } = await world({ issuer: null });
  expect((await send("POST", "/api/tasks", asked)).body).toEqual({ code: "task_invalid" });
});

test("closes a task with its parts, says what ended, and refuses to do it twice", async () => {
  const { send, insert, get, records } = await world();
  await insert();
  await insert({ id: "t_part", parent: sampleTask });
  const closing = { reason: "the customer called it off" };
  const closed = await send("POST", `/api/tasks/${sampleTask}/close`, closing);
  expect(closed.body).toMatchObject({ state: "closed", ended: [sampleTask, "t_part"], cut: { calls: 0, held: 0 } });
  expect(await send("POST", `/api/tasks/${sampleTask}/close`, closing)).toMatchObject({ status: 409 });
  expect((await send("POST", "/api/tasks/t_none/close", closing)).status).toBe(404);
  expect((await send("POST", `/api/tasks/${sampleTask}/close`, {})).status).toBe(400);
  expect(records.map(({ outcome }) => outcome.code)).toEqual([null, "task_over", "task_absent"]);
  const { ended } = await get<TaskDetail>("/api/tasks/t_part");
  expect(ended).toMatchObject({ by: "alice", reason: `${sampleTask} ended: ${closing.reason}` });
});

test("shows a task with its text, those above and below, and what was done in it", async () => {
  const { insert, get, send } = await world();
  await insert({ text: { text: "Refund 881. Ann is angry.", truncated: false, bytes: 25 } as never });
  await insert({ id: "t_part", parent: sampleTask });
  const shown = await get<TaskDetail>(`/api/tasks/${sampleTask}?limit=2`);
  expect(shown).toMatchObject({ id: sampleTask, text: "Refund 881. Ann is angry.", above: [], may_close: true });
  expect(shown.parts.map(({ id }) => id)).toEqual(["t_part"]);
  expect(shown.timeline.map(({ subject }) => subject)).toEqual(["refund-bot", "refund-bot"]);
  const later = await get<TaskDetail>(`/api/tasks/${sampleTask}?limit=2&after=${shown.next}`);
  expect(later.timeline[0]!.seq).toBeLessThan(shown.timeline[1]!.seq);
  const part = await get<TaskDetail>("/api/tasks/t_part");
  expect([part.above.map(({ id }) => id), part.timeline]).toEqual([[sampleTask], []]);
  expect((await send("GET", "/api/tasks/t_none")).status).toBe(404);
});

test("lists by state and parent, a page at a time", async () => {
  const { insert, get, clock } = await world();
  for (const id of ["t_a", "t_b", "t_c"]) {
    clock.advance(1);
    await insert({ id });
  }
  await insert({ id: "t_d", parent: "t_a", opened: 0 });
  const first = await get<TaskList>("/api/tasks?limit=2");
  expect([first.items.map(({ id }) => id), first.next]).toEqual([["t_c", "t_b"], "t_b"]);
  const second = await get<TaskList>("/api/tasks?limit=2&after=t_b");
  expect([second.items.map(({ id }) => id), second.next]).toEqual([["t_a", "t_d"], null]);
  expect((await get<TaskList>("/api/tasks?parent=t_a")).items.map(({ id }) => id)).toEqual(["t_d"]);
  expect((await get<TaskList>("/api/tasks?state=ended")).items).toEqual([]);
});

test.each(["/api/tasks?state=x", "/api/tasks?limit=201", `/api/tasks/${sampleTask}?state=open`])(
  "refuses %s",
  async (path) => {
    const { send } = await world();
    expect((await send("GET", path)).status).toBe(400);
  },
);
