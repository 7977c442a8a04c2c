import { ClientConnection } from "../../../gateway/domain/connections.ts";
import { taskOwner } from "../../../gateway/domain/tasks.ts";
import { advance, type Poll } from "../../../gateway/tasks/poll.ts";
import { evaluated, subject, toolCall } from "../../support/builders.ts";
import { task } from "../../support/store-contracts/mcp-tasks.ts";
import { taskDeps } from "../../support/tasks/task-deps.ts";

interface Situation {
  readonly approval?: string;
  readonly run?: string;
  readonly who?: string;
  readonly gone?: boolean;
  readonly draining?: boolean;
}

/** Who polls a task of run s1, and how often its call is executed then. */
async function polled({ approval = "approved", run = "s1", who = "bot", gone = false, draining = false }: Situation) {
  const call = toolCall({ name: "t1" });
  const owner = taskOwner(subject({ id: "bot" }), call.route.id);
  const stopping = draining ? AbortSignal.abort() : new AbortController().signal;
  const deps = taskDeps({ id: "apr_1", state: approval }, stopping);
  await deps.store.insert(task("t1", { owner, run: "s1", route: call.route.id, approval: "apr_1", expires: 1e15 }), 10);
  let executed = 0;
  const connection = new ClientConnection();
  if (gone) connection.leave();
  const poll = {
    exchange: { connection, req: { socket: {} } },
    evaluated: evaluated({ call, subject: subject({ id: who, session: run }) }),
    judge: null,
    enter: () => {
      executed += 1;
      return new Promise(() => undefined);
    },
  } as unknown as Poll;
  const { state } = (await advance(deps, poll)).task;
  return [state, executed];
}

test.each<[string, Situation, string, number]>([
  ["executes it once people have approved it", {}, "running", 1],
  ["of another run of the same agent only reads it", { run: "s2" }, "waiting", 0],
  ["only reads what people have not answered", { approval: "held" }, "waiting", 0],
  ["executes nothing for a caller that has left", { gone: true }, "waiting", 0],
  ["executes nothing while the gateway stops", { draining: true }, "waiting", 0],
])("a poll of a task %s", async (_what, situation, state, executed) => {
  expect(await polled(situation)).toEqual([state, executed]);
});

test("a task is unknown to another caller", async () => {
  await expect(polled({ who: "other-bot" })).rejects.toMatchObject({ code: "task_unknown" });
});
