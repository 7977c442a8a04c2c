import { withoutOwnTasks } from "../../../../gateway/act/results/own-tasks.ts";
import { route } from "../../../support/builders.ts";

const { hold } = route();
const on = (tasks: boolean) => ({ route: route({ hold: { ...hold, tasks } }) });
const message = (members: object): string => JSON.stringify({ jsonrpc: "2.0", ...members });
const status = (taskId: string) =>
  message({ method: "notifications/tasks/status", params: { taskId, status: "failed" } });
const related = (taskId: string) => ({ "io.modelcontextprotocol/related-task": { taskId }, "x/y": 1 });

test("drops what a tool server tells of a task of the gateway's", () => {
  expect(withoutOwnTasks(on(true), status("sallyport-t_1"))).toBeNull();
  const nested = message({ method: "notifications/tasks", params: { Task: { TaskID: "sallyport-t_1" } } });
  expect(withoutOwnTasks(on(true), nested)).toBeNull();
});

test.each([
  ["a task of MCP 2025-11-25", { task: { taskId: "sallyport-t_1", status: "working" } }],
  ["a task of the extension", { resultType: "task", taskId: "sallyport-t_1" }],
])("refuses %s that has an id of the gateway's own as an answer", (_what, result) => {
  expect(() => withoutOwnTasks(on(true), message({ id: 1, result }))).toThrow(
    expect.objectContaining({ code: "upstream_answer_refused" }),
  );
});

test("leaves out that a message belongs to a task of the gateway's, and nothing else of it", () => {
  const params = (_meta: object) => message({ id: 1, method: "elicitation/create", params: { message: "x", _meta } });
  expect(withoutOwnTasks(on(true), params(related("sallyport-t_1")))).toBe(params({ "x/y": 1 }));
  const result = (_meta: object) =>
    message({ id: 1, result: { content: [{ type: "text", text: "sallyport-t_1" }], _meta } });
  expect(withoutOwnTasks(on(true), result(related("sallyport-t_1")))).toBe(result({ "x/y": 1 }));
  expect(withoutOwnTasks(on(true), result(related("theirs")))).toBe(result(related("theirs")));
});

test("passes what is of the tool server's own tasks, and on a route without tasks those of a gateway behind it", () => {
  expect(withoutOwnTasks(on(true), status("t_1"))).toBe(status("t_1"));
  const asked = message({ id: 1, method: "tasks/get", params: { taskId: "sallyport-t_1" } });
  expect(withoutOwnTasks(on(true), asked)).toBe(asked);
  expect(withoutOwnTasks(on(false), status("sallyport-t_1"))).toBe(status("sallyport-t_1"));
});
