import type { Tasks } from "../domain/ports.ts";
import { forwardAsTask } from "./allowed.ts";
import { heldTasks } from "./held.ts";
import type { TaskOptions } from "./options.ts";
import { answerPoll } from "./poll.ts";

/** The gateway's own MCP tasks. */
export function createTasks(options: TaskOptions): Tasks {
  return {
    ...heldTasks(options),
    answer: (exchange, evaluated, enter) => answerPoll(options, { exchange, evaluated, enter }),
    forward: (exchange, evaluated, forward) => forwardAsTask(options, exchange, evaluated, forward),
  };
}
