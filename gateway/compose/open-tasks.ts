import { makesTasks } from "../act/results/task-support.ts";
import type { CallQuestion, CallState, Clock, Holds, Ids, Logger, ProcessStore, Tasks } from "../domain/ports.ts";
import type { Exchanges } from "../pipeline/exchanges.ts";
import type { Connection } from "../store/connection.ts";
import { mcpTaskStore } from "../store/mcp-tasks.ts";
import type { Running } from "../tasks/run.ts";
import { createTasks } from "../tasks/tasks.ts";

export interface OpenTasksDeps {
  readonly read: (question: CallQuestion) => Promise<CallState>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly holds: Holds;
  readonly exchanges: Exchanges;
  readonly processes: ProcessStore;
  /** This process, among those that share the store. */
  readonly process: string;
  /** The calls of tasks that this process executes now. */
  readonly running: Running;
}

/** A process that was not heard of for so long is taken for dead. */
const silentMs = 15_000;

export function openTasks(connection: Connection, deps: OpenTasksDeps): Tasks {
  const { read, exchanges, processes, clock, ids, logger, holds, running, process } = deps;
  return createTasks({
    store: mcpTaskStore(connection),
    holds,
    clock,
    ids,
    logger,
    running,
    process,
    isAlive: async (other) => (await processes.alive(clock.now(), silentMs)).includes(other),
    makesTasks: async (server, tool) => {
      const { definition } = await read({ definitionOf: { server, tool } });
      return makesTasks(definition?.pinned.definition ?? null);
    },
    begin: (parts) => exchanges.inner(parts),
  });
}
