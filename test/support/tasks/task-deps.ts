import type { Exchange } from "../../../gateway/domain/exchange.ts";
import type { Holds } from "../../../gateway/domain/ports.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { mcpTaskStore } from "../../../gateway/store/mcp-tasks.ts";
import type { TaskDeps } from "../../../gateway/tasks/deps.ts";
import { Running } from "../../../gateway/tasks/running.ts";
import { TestClock, testIds } from "../builders.ts";
import { quiet } from "../quiet.ts";

/** What polls of tasks need, with an empty store in memory and no rules about results. `approval`: what each question for one finds. */
export function taskDeps(approval: object | null, draining: AbortSignal = new AbortController().signal): TaskDeps {
  return {
    clock: new TestClock(),
    ids: testIds(),
    logger: quiet,
    running: new Running(),
    process: "p_1",
    store: mcpTaskStore(new Connection(openDatabase(":memory:"))),
    holds: { get: () => Promise.resolve(approval), draining } as unknown as Holds,
    results: { of: () => null },
    isAlive: () => Promise.resolve(true),
    makesTasks: () => Promise.resolve(false),
    sessions: { sealed: (_subject, _route, session) => session },
    begin: () => ({ context: { decisionId: "d_2" } }) as unknown as Exchange,
  };
}
