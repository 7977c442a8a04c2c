import { makesTasks } from "../act/results/task-support.ts";
import type { TaskOptions } from "../tasks/options.ts";
import { Running } from "../tasks/running.ts";
import { createTasks } from "../tasks/tasks.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Clock, Holds, Ids, Logger, ProcessStore, Tasks } from "../domain/ports.ts";
import type { Exchanges } from "../pipeline/exchanges.ts";
import type { Database } from "../store/database.ts";
import { definitionStore } from "../store/memory.ts";
import { mcpTaskStore } from "../store/mcp-tasks.ts";

export interface TasksAround {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly holds: Holds;
  readonly exchanges: Exchanges;
  readonly processes: ProcessStore;
  /** This process, among those that share the store. */
  readonly process: string;
}

export interface OpenTasks {
  readonly tasks: Tasks;
  /** Says by which path calls of tasks go; it needs the tasks itself, so it is told afterwards. */
  goBy(enforce: TaskOptions["enforce"]): void;
  /** Resolves when no call of a task is under way any more, or after `ms`. */
  idle(ms: number): Promise<void>;
}

/** A process that was not heard of for so long is taken for dead. */
const silentMs = 15_000;

export function openTasks(database: Database, around: TasksAround): OpenTasks {
  const { exchanges, processes, clock } = around;
  const definitions = definitionStore(database);
  const running = new Running();
  let enforce: TaskOptions["enforce"] = (_exchange: Exchange) => Promise.reject(new Error("no path yet"));
  const tasks = createTasks({
    ...around,
    store: mcpTaskStore(database),
    running,
    isAlive: (process) => processes.alive(clock.now(), silentMs).includes(process),
    makesTasks: (server, tool) => makesTasks(definitions.get(server, tool)?.definition ?? null),
    begin: (parts) => exchanges.inner(parts),
    enforce: (exchange) => enforce(exchange),
  });
  return {
    tasks,
    goBy: (path) => {
      enforce = path;
    },
    idle: (ms) => running.idle(ms),
  };
}
