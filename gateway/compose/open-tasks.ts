import type { ResultPhase } from "../act/results/result-phase.ts";
import { makesTasks } from "../act/results/task-support.ts";
import type { Tasks } from "../domain/ports.ts";
import type { MakesTasks } from "../parse/mcp/own-task.ts";
import { mcpTaskStore } from "../store/mcp-tasks.ts";
import { createTasks } from "../tasks/tasks.ts";
import type { Components } from "./compose.ts";
import type { Memory } from "./open-memory.ts";

/** The MCP tasks that the gateway makes of held and long calls. */
export function openTasks(components: Components, results: ResultPhase): Tasks {
  const { logger, clock, ids, state, approvals, memory, exchanges, running } = components;
  const { processes } = approvals.deps;
  return createTasks({
    store: mcpTaskStore(state.connection),
    holds: approvals.holds,
    clock,
    ids,
    logger,
    running,
    results,
    sessions: memory.transportSessions,
    process: state.lock.id,
    isAlive: async (other) => (await processes.alive(clock.now())).includes(other),
    makesTasks: toolMakesTasks(memory.read),
    begin: (parts) => exchanges.inner(parts),
  });
}

/** Whether the tool server makes tasks of a tool's calls, as the tool's pinned definition says. */
export function toolMakesTasks(read: Memory["read"]): MakesTasks {
  return async (server, name) => {
    const { definition } = await read({ definitionOf: { server, kind: "tool", name } });
    return makesTasks(definition?.pinned.definition ?? null);
  };
}
