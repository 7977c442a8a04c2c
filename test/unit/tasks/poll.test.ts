import type { Exchange } from "../../../gateway/domain/exchange.ts";
import { errorCatalogue } from "../../../gateway/domain/errors.ts";
import { taskOwner } from "../../../gateway/domain/tasks.ts";
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
