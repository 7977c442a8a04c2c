import type { AnswerJudge } from "../../../gateway/act/results/answer-judge.ts";
import type { Exchange } from "../../../gateway/domain/exchange.ts";
import { errorCatalogue } from "../../../gateway/domain/errors.ts";
import { taskOwner } from "../../../gateway/domain/tasks.ts";
import type { McpMessage } from "../../../gateway/domain/tool-call.ts";
import { answerPoll } from "../../../gateway/tasks/poll.ts";
import { accessEnded } from "../../../gateway/tasks/run.ts";
import { CapturedResponse } from "../../../gateway/tasks/task-sink.ts";
import { evaluated, toolCall } from "../../support/builders.ts";
import { task } from "../../support/store-contracts/mcp-tasks.ts";
import { taskDeps } from "../../support/tasks/task-deps.ts";

/** What `tasks/result` says of a task that was cancelled, with this note. */
async function resultOfCancelled(note: string | null): Promise<unknown> {
  const asked = evaluated({ call: toolCall({ action: "tasks/result", resourceType: "task", name: "a" }) });
  const deps = taskDeps(null);
  const owner = taskOwner(asked.subject, asked.call.route.id);
  await deps.store.insert(task("a", { owner, state: "cancelled", note, expires: 1e15 }), 10);
  const res = new CapturedResponse({ method: "POST", headers: {}, httpVersionMajor: 1, httpVersionMinor: 1 } as never);
  const connection = { aborted: false, signal: new AbortController().signal };
  const exchange = {
    res,
    connection,
    context: { decisionId: "d_1", rpc: { id: 7, method: "tasks/result", modern: false } },
  };
  const enter = () => Promise.reject(new Error("nothing is executed"));
  await answerPoll(deps, { exchange: exchange as unknown as Exchange, evaluated: asked, enter });
  return JSON.parse(res.text);
}

test.each([
  ["while it waited as withdrawn, and not executed", null, "approval_cancelled", "the call was not executed", true],
  [
    "while it ran as one of which nobody knows whether it was executed",
    errorCatalogue.task_cancelled.sentence,
    "task_cancelled",
    "whether it was executed is not known",
    false,
  ],
  ["by the end of access as cut", accessEnded, "access_ended", "may have been executed", false],
])("tells a task that was cancelled %s", async (_what, note, code, words, retryable) => {
  expect(await resultOfCancelled(note)).toMatchObject({
    error: { message: expect.stringContaining(words), data: { code, retryable } },
  });
});

test("the tool of a call that the tool server made a task of is known to a process that did not see it begin", async () => {
  const mcp = { id: 7, era: "legacy" } as unknown as McpMessage;
  const call = toolCall({ action: "tasks/get", resourceType: "task", name: "a", arguments: { taskId: "a" }, mcp });
  const asked = evaluated({ call });
  const noted: string[][] = [];
  const tools = { note: (_evaluated: unknown, ...of: string[]) => void noted.push(of) };
  const judge = { tools, summary: { judged: 0, effect: "pass" } } as unknown as AnswerJudge;
  const deps = { ...taskDeps(null), results: { of: () => judge } };
  const owner = taskOwner(asked.subject, call.route.id);
  const tool = `${call.route.server}/create_refund`;
  await deps.store.insert(task("a", { owner, tool, state: "relayed", upstream_task: "theirs", expires: 1e15 }), 10);
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 7, method: "tasks/get", params: { taskId: "a" } }));
  const version = { httpVersionMajor: 1, httpVersionMinor: 1 };
  const req = { method: "POST", url: "/", headers: {}, rawHeaders: [], socket: {}, ...version };
  const exchange = {
    req,
    res: new CapturedResponse(req as never),
    body,
    connection: { aborted: false, signal: new AbortController().signal },
    context: { decisionId: "d_1", rpc: { id: 7, method: "tasks/get", modern: false } },
  } as unknown as Exchange;
  // What the tool server says does not matter here.
  await answerPoll(deps, { exchange, evaluated: asked, enter: async () => {} });
  expect(noted).toEqual([["theirs", "create_refund"]]);
});
